import type { Integration, LinkStatus } from '../model';
import { type Live, useAgain, useLive } from '../use-poll';
import { useLinks } from './use-links';

const WITHOUT_STREAM_MS = 2000;

export interface Watched {
  readonly integration: Live<Integration>;
  readonly status: LinkStatus | undefined;
  /** Of the newest incident; undefined while the stream is down and the list must be asked for. */
  readonly lastIncidentId: string | null | undefined;
  /** After something was changed here. */
  refresh(): void;
}

/** One integration with its link: told by the stream, asked for where it is down. */
export function useIntegration(id: string): Watched {
  const { state, links } = useLinks();
  const isDown = state === 'down';
  const link = links?.find(({ integrationId }) => integrationId === id);
  const integration = useLive<Integration>(`integrations/${id}`, isDown ? WITHOUT_STREAM_MS : 'once');
  const asked = useLive<LinkStatus>(`integrations/${id}/status`, isDown ? WITHOUT_STREAM_MS : 'never');
  useAgain(link?.changedAt, integration.refresh);
  return {
    integration,
    status: state === 'live' ? link : (asked.value ?? link),
    lastIncidentId: isDown ? undefined : (link?.lastIncidentId ?? null),
    refresh() {
      integration.refresh();
      asked.refresh();
    },
  };
}
