import { createApi } from './api';
import type { Session } from './model';

/** What this tab remembers of who it speaks for. */
export interface Said {
  readonly apiKey: string | undefined;
  readonly organizationId: string | undefined;
  readonly reason: string | undefined;
  /** Rises when the same is to be asked again. */
  readonly round: number;
}

export const STORED = { apiKey: 'parley.apiKey', organizationId: 'parley.organization', reason: 'parley.reason' } as const;

/** Alerts link to `#/integrations/<id>?organization=<id>`. Taken out of the address, for from then on the reader chooses. */
export function takeOrganization(): string | undefined {
  const [path = '', query] = location.hash.split('?');
  const asked = new URLSearchParams(query);
  const organizationId = asked.get('organization');
  if (!organizationId) return undefined;
  asked.delete('organization');
  history.replaceState(history.state, '', asked.size > 0 ? `${path}?${asked}` : path);
  sessionStorage.setItem(STORED.organizationId, organizationId);
  return organizationId;
}

export const stored = (): Said => ({
  apiKey: sessionStorage.getItem(STORED.apiKey) ?? undefined,
  organizationId: takeOrganization() ?? sessionStorage.getItem(STORED.organizationId) ?? undefined,
  reason: sessionStorage.getItem(STORED.reason) ?? undefined,
  round: 0,
});

let asked: Promise<Session> | undefined = createApi(stored()).get<Session>('session');
// Whoever takes it looks at what went wrong.
asked.catch(() => undefined);

/** Who we are, asked as soon as this file is read, which is before there is anything to show; for the first who wants to know. */
export function takeFirstSession(): Promise<Session> | undefined {
  const first = asked;
  asked = undefined;
  return first;
}
