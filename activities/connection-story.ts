import type { IncidentKind } from '../domain/connection';
import type { Deps } from './deps';

export interface RecordJob {
  readonly integrationId: string;
  readonly kind: IncidentKind;
  readonly by?: string;
  readonly reason?: string;
  readonly enabled: boolean;
  readonly parked: boolean;
}

/** What befalls a connection while nobody holds it. */
export const createConnectionStory = ({ store, findChannel, portsFor }: Deps) => ({
  /** Writes an incident and the state that follows from it. */
  async recordConnection({ integrationId, kind, by, reason, enabled, parked }: RecordJob): Promise<void> {
    if (!enabled) await store.connections.setState(integrationId, 'disabled');
    else if (!parked) await store.connections.setState(integrationId, 'connecting');
    await store.connections.addIncident(integrationId, kind, { ...(by && { by }), ...(reason && { reason }) });
  },

  /** Tries a parked link's credentials without opening it. */
  async probeConnection({ integrationId }: { readonly integrationId: string }): Promise<{ ok: boolean }> {
    const integration = await store.integrations.find(integrationId);
    const channel = integration && findChannel(integration.channel);
    const config = channel?.modes.find(({ name }) => name === integration?.mode)?.config.safeParse(integration?.config);
    if (!integration || integration.unreadable || !channel || !config?.success) return { ok: false };
    // Another client has the link; to log in would take it away from it.
    if ((await store.connections.find(integrationId))?.lastError?.code === 'kicked') return { ok: false };
    const { ok } = await channel.probe(config.data, integration.mode, 'down', portsFor(integration));
    return { ok };
  },
});
