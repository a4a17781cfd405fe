import { Client, Connection, ScheduleAlreadyRunning, ScheduleOverlapPolicy, WorkflowNotFoundError } from '@temporalio/client';
import { conversationQuery, conversationWorkflowId, searchAttributes, sentinelScheduleId, taskQueues } from '../workflows/messages';
import type { Config } from './config';

/** A client that connects when it is first used, so that a process starts while Temporal is away. Close `connection` when done. */
export function openTemporal(config: Pick<Config, 'temporal' | 'temporalConnection'>): { client: Client; connection: Connection } {
  const connection = Connection.lazy({ ...config.temporalConnection, connectTimeout: '5s' });
  return { client: new Client({ connection, namespace: config.temporal.namespace }), connection };
}

const ASK_AT_MOST_MS = 2000;

/** Ids of the events that the chat's open run owes an end; undefined when no run is open. Rejects when that cannot be told now. */
export async function openRunKnows(client: Client, chatId: string): Promise<readonly string[] | undefined> {
  const handle = client.workflow.getHandle(conversationWorkflowId(chatId));
  try {
    return await client.withDeadline(Date.now() + ASK_AT_MOST_MS, async () => {
      const { status } = await handle.describe();
      return status.name === 'RUNNING' ? (await handle.query(conversationQuery)).events : undefined;
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Whether a run of the chat is open. Rejects when that cannot be told now. */
export async function hasOpenRun(client: Client, chatId: string): Promise<boolean> {
  try {
    const { status } = await client.withDeadline(Date.now() + ASK_AT_MOST_MS, () =>
      client.workflow.getHandle(conversationWorkflowId(chatId)).describe(),
    );
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Ends whatever still runs for an organization that is gone. */
export async function terminateRuns(client: Client, organizationId: string, reason: string): Promise<void> {
  const query = `${searchAttributes.organization.name} = "${organizationId}" AND ExecutionStatus = "Running"`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    await client.workflow
      .getHandle(workflowId, runId)
      .terminate(reason)
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
  }
}

/** The sentinel's schedule may be gone with Temporal's data: whoever starts makes it again. */
export async function ensureSentinel(client: Client, everySeconds: number): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: sentinelScheduleId,
      spec: { intervals: [{ every: `${everySeconds}s` }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'sentinel',
        workflowId: 'sentinel',
        taskQueue: taskQueues.conversations,
        staticSummary: 'Looks for events without an end',
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
