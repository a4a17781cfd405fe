import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { Refusal } from '../domain/errors';
import type { Integration } from '../store/integrations';
import {
  type ConnectionInput,
  connectionQuery,
  connectionWorkflowId,
  disableUpdate,
  enableUpdate,
  reconfigureUpdate,
  removeUpdate,
  restartUpdate,
  searchAttributes,
  taskQueues,
} from '../workflows/messages';

export interface ConnectionDeps {
  readonly client: Client;
}

/** What a connection workflow needs to know of its integration. */
export type Connectable = Pick<Integration, 'id' | 'tenantId' | 'organizationId' | 'channel' | 'mode' | 'enabled' | 'version'>;

const DEADLINE_MS = 3000;
const actions = { enable: enableUpdate, disable: disableUpdate, restart: restartUpdate };

/** Starts the integration's connection where it does not run; needs no worker. @throws Refusal 503 while Temporal is away */
export async function startConnection({ client }: ConnectionDeps, integration: Connectable): Promise<void> {
  await inTime(client, () => started(client, integration));
}

/**
 * Makes the connection what its row says: started, enabled or disabled, with the row's version. Changes nothing where it is that already.
 * @param by who wanted it, for the incidents
 * @throws Refusal 503 while Temporal is away or no worker runs: the row holds, so it can be called again at any time
 */
export async function ensureConnection({ client }: ConnectionDeps, integration: Connectable, by: string): Promise<void> {
  await inTime(client, async () => {
    const handle = await started(client, integration);
    if (!integration.enabled) await handle.executeUpdate(disableUpdate, { args: [by] });
    const desired = await handle.executeUpdate(reconfigureUpdate, { args: [integration.version, by] });
    if (integration.enabled && !desired.enabled) await handle.executeUpdate(enableUpdate, { args: [by] });
  });
}

/** As {@link ensureConnection}, but only asks where nothing differs: safe to call every half minute for every integration. */
export async function reconcileConnection(deps: ConnectionDeps, integration: Connectable, by: string): Promise<void> {
  const desired = await inTime(deps.client, async () => (await started(deps.client, integration)).query(connectionQuery));
  if (desired.enabled !== integration.enabled || desired.version < integration.version) await ensureConnection(deps, integration, by);
}

/** Hands an administrator's wish to the connection; resolves once it was taken. Enabling also un-parks. @throws Refusal 503 while Temporal is away */
export async function actOnConnection(
  { client }: ConnectionDeps,
  integration: Connectable,
  action: keyof typeof actions,
  by: string,
): Promise<void> {
  await inTime(client, async () => {
    const handle = await started(client, integration);
    await handle.startUpdate(actions[action], { args: [by], waitForStage: 'ACCEPTED' });
  });
}

/** The integration is deleted: its connection lets go and completes. @throws Refusal 503 while Temporal is away */
export async function removeConnection({ client }: ConnectionDeps, integrationId: string, by: string): Promise<void> {
  await inTime(client, async () => {
    try {
      await client.workflow.getHandle(connectionWorkflowId(integrationId)).executeUpdate(removeUpdate, { args: [by] });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  });
}

/** Ids of the integrations whose connections run, as far as Temporal's list knows by now. */
export async function runningConnections({ client }: ConnectionDeps): Promise<string[]> {
  const ids: string[] = [];
  const query = 'WorkflowType = "connection" AND ExecutionStatus = "Running"';
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId.slice(connectionWorkflowId('').length));
  return ids;
}

function started(client: Client, { id, tenantId, organizationId, channel, mode, enabled, version }: Connectable): Promise<WorkflowHandle> {
  const input: ConnectionInput = { integrationId: id, desired: { enabled, version } };
  return client.workflow.start('connection', {
    workflowId: connectionWorkflowId(id),
    taskQueue: taskQueues.conversations,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `${channel} · ${mode}`,
    typedSearchAttributes: [
      { key: searchAttributes.tenant, value: tenantId },
      { key: searchAttributes.organization, value: organizationId },
      { key: searchAttributes.integration, value: id },
      { key: searchAttributes.platform, value: channel },
      { key: searchAttributes.state, value: enabled ? 'held' : 'disabled' },
    ],
  });
}

async function inTime<T>(client: Client, work: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + DEADLINE_MS, work);
  } catch (cause) {
    if (!isAway(cause)) throw cause;
    throw new Refusal(
      503,
      'unavailable',
      'The settings are saved, but Temporal does not answer at the moment: they take effect when it does.',
      [],
      { cause, retryable: true },
    );
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || error instanceof ServiceError || isGrpcServiceError(error);
