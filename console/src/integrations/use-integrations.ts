import type { Api } from '../api';
import type { Expert, Integration, LinkStatus, Page } from '../model';
import { type Live, useLook } from '../use-poll';
import type { WithStatus } from './status';
import { useLinks } from './use-links';

const MOST = 200;
const WITHOUT_STREAM_MS = 5000;

export const everyIntegration = (api: Api, signal?: AbortSignal): Promise<Page<Integration>> =>
  api.get(`integrations?limit=${MOST}`, signal);
export const everyExpert = (api: Api, signal?: AbortSignal): Promise<Page<Expert>> => api.get(`experts?limit=${MOST}`, signal);

/** All integrations, each with the state of its link: told by the stream, asked for where it is down. */
export function useIntegrations(): Live<readonly WithStatus[]> {
  const { state, links } = useLinks();
  const asked = useLook(
    'integrations',
    async (api, signal) => {
      const { items } = await everyIntegration(api, signal);
      return Promise.all(
        items.map(async (integration) => ({
          integration,
          status: await api.get<LinkStatus>(`integrations/${integration.id}/status`, signal).catch(() => undefined),
        })),
      );
    },
    state === 'down' ? WITHOUT_STREAM_MS : 'never',
  );
  const told = links?.map((link): WithStatus => {
    const { integrationId: id, name, channel, mode } = link;
    return { integration: { id, name, channel, mode }, status: link };
  });
  if (state === 'live') return { ...asked, value: told, loading: false, failed: false, problem: undefined };
  const value = asked.value ?? told;
  return { ...asked, value, loading: asked.loading && !value };
}
