import { z } from 'zod';
import { type ConnectionStatus, connectionStatus } from '../../domain/connection';
import { actOnConnection } from '../../runtime/connections';
import type { Incident } from '../../store/connections';
import type { Integration } from '../../store/integrations';
import type { Listed, Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { modeOf } from './channels';
import { moment, unknownId } from './checking';
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
  reason: z.string(),
  lastError: z.object({ code: z.string(), message: z.string(), at: moment }).nullable(),
  lastEventAt: moment.nullable(),
  owner: z.string().nullable().meta({ description: 'The process that holds the link' }),
  attempt: z.int(),
});
const incidentAnswer = z.object({
  id: z.uuid(),
  at: moment,
  kind: z.enum(['lost', 'recovered', 'parked', 'moved', 'zombie', 'enabled', 'disabled', 'restarted', 'reconfigured']),
  reason: z.string().nullable(),
  by: z.string().nullable(),
  durationSeconds: z.number().nullable(),
});
const probeAnswer = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), mend: z.string() })),
});
const accepted = z.object({ id: z.uuid(), enabled: z.boolean() });

/** The live link of an integration: what it does, what befell it, and what an administrator may do about it. */
export const connectionOperations = (deps: GatewayDeps): readonly Operation[] => {
  const find = ({ scope, params }: { scope: Scope; params: { readonly id: string } }) => integrationOf(deps, scope, params.id);
  const tag = 'Connections';

  const act = (action: 'enable' | 'disable' | 'restart', summary: string) =>
    operation({
      ...{ method: 'post', path: `/integrations/:id/${action}`, tag, summary, status: 202, answer: accepted, refusals: [503], find },
      async run({ scope, found, caller }) {
        const enabled = action === 'restart' ? found.enabled : action === 'enable';
        if (enabled !== found.enabled) await deps.store.integrations.setEnabled(scope, found.id, enabled);
        await actOnConnection(deps, { ...found, enabled }, action, caller.name);
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
      run: ({ found }) => statusOf(deps, found),
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
        path: '/integrations/:id/test',
        tag,
        summary: 'Checks credentials and permissions without touching the live link',
      },
      ...{ status: 200, answer: probeAnswer, find },
      run: ({ found }) => probe(deps, found),
    }),
  ];
};

async function statusOf({ store, channels }: GatewayDeps, { id, channel, mode }: Integration): Promise<ConnectionStatus> {
  const record = await store.connections.find(id);
  if (!record) throw unknownId('integration');
  const known = modeOf(
    channels.find(({ name }) => name === channel),
    mode,
  );
  return connectionStatus(record, known?.way ?? 'listen');
}

async function probe({ channels }: GatewayDeps, { channel: name, mode, config }: Integration) {
  const channel = channels.find((one) => one.name === name);
  const settings = modeOf(channel, mode)?.config.safeParse(config);
  if (!channel || !settings)
    return failed(`The channel "${name}" has no mode "${mode}" here.`, 'Choose another channel or mode.', 'settings');
  if (!settings.success) return failed('The settings do not fit their mode.', 'Save the settings again.', 'settings');
  return await probeWithin(() => channel.probe(settings.data, mode), PROBE_LIMIT_MS);
}

const presentIncident = ({ id, at, kind, reason, by, durationSeconds }: Listed<Incident>) => ({
  id,
  at: at.toISOString(),
  kind,
  reason,
  by,
  durationSeconds,
});
