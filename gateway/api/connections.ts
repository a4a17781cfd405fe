import { z } from 'zod';
import type { ProbeResult } from '../../channels/channel';
import { type ConnectionRecord, type ConnectionStatus, connectionStatus, incidentKinds } from '../../domain/connection';
import { actOnConnection } from '../../runtime/connections';
import type { Incident } from '../../store/connections';
import type { Integration } from '../../store/integrations';
import type { Listed, Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { callbackCheck, callbackUrl } from './callback';
import { modeOf } from './channels';
import { moment, unknownId } from './checking';
import { sentence } from './content';
import { integrationOf } from './integrations';
import { type Operation, operation } from './operation';
import { descending, listOf, pageOf, pageQuery, placeOf } from './paging';
import { failed, probeWithin } from './probing';

const PROBE_LIMIT_MS = 15_000;

const statusAnswer = z.object({
  state: z.enum(['connected', 'connecting', 'disconnected', 'disabled']),
  parked: z.boolean().meta({ description: 'Stopped until somebody restarts, enables or changes it' }),
  since: moment,
  uptimeSeconds: z.number().nullable(),
  reason: sentence(),
  lastError: z.object({ code: z.string(), message: sentence(), at: moment }).nullable(),
  lastEventAt: moment.nullable(),
  owner: z.string().nullable().meta({ description: 'The process that holds the link' }),
  attempt: z.int(),
});
const incidentAnswer = z.object({
  id: z.uuid(),
  at: moment,
  kind: z.enum(incidentKinds),
  reason: sentence().nullable(),
  by: z.string().nullable(),
  durationSeconds: z.number().nullable(),
});
const probeAnswer = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: sentence(), mend: sentence(), retryable: z.boolean().optional() })),
});
const accepted = z.object({ id: z.uuid(), enabled: z.boolean() });

/** The live link of an integration: what it does, what befell it, and what an administrator may do about it. */
export const connectionOperations = (deps: GatewayDeps): readonly Operation[] => {
  const find = ({ scope, params }: { scope: Scope; params: { readonly id: string } }) => integrationOf(deps, scope, params.id);
  const tag = 'Connections';

  const act = (action: 'enable' | 'disable' | 'restart', summary: string) =>
    operation({
      ...{ right: 'operate', action: `connection.${action === 'restart' ? 'restarted' : `${action}d`}` },
      ...{
        method: 'post',
        path: `/integrations/:id/${action}`,
        tag,
        summary,
        status: 202,
        answer: accepted,
        refusals: [503],
        atomic: true,
        find,
      },
      async run({ scope, found, caller, afterwards }) {
        const enabled = action === 'restart' ? found.enabled : action === 'enable';
        if (enabled !== found.enabled) await deps.store.integrations.setEnabled(scope, found.id, enabled);
        afterwards(() => actOnConnection(deps, { ...found, enabled }, action, caller.name));
        return { id: found.id, enabled };
      },
    });

  return [
    act('enable', 'Connects; also what is parked'),
    act('disable', 'Disconnects until it is enabled'),
    act('restart', 'Closes the link and opens it anew'),
    operation({
      ...{
        method: 'get',
        path: '/integrations/:id/status',
        tag,
        summary: 'What the link is doing now',
        status: 200,
        answer: statusAnswer,
        find,
      },
      run: async ({ found }) => statusOf(deps, found, await recordOf(deps, found)),
    }),
    operation({
      ...{ method: 'get', path: '/integrations/:id/incidents', tag, summary: 'What befell the link, newest first' },
      ...{ query: pageQuery, status: 200, answer: listOf(incidentAnswer), find },
      async run({ scope, found, query }) {
        const { before, limit } = descending(query);
        return pageOf(
          await deps.store.connections.incidents(scope.organizationId, found.id, before, limit),
          query.limit,
          placeOf,
          presentIncident,
        );
      },
    }),
    operation({
      ...{
        method: 'post',
        right: 'operate',
        action: 'connection.tested',
        path: '/integrations/:id/test',
        tag,
        summary: 'Checks credentials, permissions, connection and callback without touching the live link',
      },
      ...{ status: 200, answer: probeAnswer, find },
      run: ({ found, origin }) => probe(deps, found, origin),
    }),
  ];
};

async function recordOf({ store }: GatewayDeps, { id }: Integration): Promise<ConnectionRecord> {
  const record = await store.connections.find(id);
  if (!record) throw unknownId('integration');
  return record;
}

function statusOf({ channels }: GatewayDeps, { channel, mode }: Integration, record: ConnectionRecord): ConnectionStatus {
  const known = modeOf(
    channels.find(({ name }) => name === channel),
    mode,
  );
  return connectionStatus(record, known?.way ?? 'listen');
}

async function probe(deps: GatewayDeps, integration: Integration, origin: string): Promise<ProbeResult> {
  const { channel: name, mode: modeName, config, unreadable } = integration;
  const channel = deps.channels.find((one) => one.name === name);
  const mode = modeOf(channel, modeName);
  if (!channel || !mode)
    return failed(`The channel "${name}" has no mode "${modeName}" here.`, 'Choose another channel or mode.', 'settings');
  if (unreadable) return failed(unreadable, 'Enter the settings again, or put the key back.', 'settings');
  const settings = mode.config.safeParse(config);
  if (!settings.success) return failed('The settings do not fit their mode.', 'Save the settings again.', 'settings');
  const record = await recordOf(deps, integration);
  const link = linkOf(statusOf(deps, integration, record));
  const probed = await probeWithin(() => channel.probe(settings.data, modeName, link, deps.portsFor(integration)), PROBE_LIMIT_MS);
  if (mode.way !== 'receive') return probed;
  const callback = callbackCheck(callbackUrl(deps, integration.id, origin), integration, record);
  return { ok: probed.ok && callback.ok, checks: [...probed.checks, callback] };
}

/** Not known while it is being opened, nor when another client has it. */
function linkOf({ state, lastError }: ConnectionStatus): 'up' | 'down' | undefined {
  if (state === 'connected') return 'up';
  return state === 'connecting' || lastError?.code === 'kicked' ? undefined : 'down';
}

const presentIncident = ({ id, at, kind, reason, by, durationSeconds }: Listed<Incident>) => ({
  id,
  at: at.toISOString(),
  kind,
  reason,
  by,
  durationSeconds,
});
