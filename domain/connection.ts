/** What a platform link is doing, as its holder last wrote it. */
export interface ConnectionRecord {
  /** Rises with every process that takes the link. */
  readonly epoch: number;
  /** Name of the process that holds it or held it last. */
  readonly owner: string | null;
  readonly state: 'connecting' | 'connected' | 'disabled';
  /** Stopped until an administrator acts: the credentials were refused, or another client took the link. */
  readonly parked: boolean;
  readonly since: Date;
  readonly provenAt: Date | null;
  readonly lastEventAt: Date | null;
  /** When the platform last called and was verified, to the minute; null for links that we hold. */
  readonly lastCallAt: Date | null;
  /** Of the integration's settings, with which that call was verified. */
  readonly lastCallVersion: number | null;
  readonly lastError: LastError | null;
  readonly failures: number;
  /** The database's clock when the record was read. */
  readonly now: Date;
}

export interface LastError {
  readonly code: string;
  readonly message: string;
  readonly at: string;
}

/** `shared`: other programs hold links with the same credentials. */
export const incidentKinds = [
  'lost',
  'recovered',
  'parked',
  'moved',
  'zombie',
  'shared',
  'enabled',
  'disabled',
  'restarted',
  'reconfigured',
] as const;
export type IncidentKind = (typeof incidentKinds)[number];

export interface ConnectionStatus {
  readonly state: 'connected' | 'connecting' | 'disconnected' | 'disabled';
  readonly parked: boolean;
  readonly since: string;
  readonly uptimeSeconds: number | null;
  readonly reason: string;
  readonly lastError: LastError | null;
  readonly lastEventAt: string | null;
  readonly owner: string | null;
  readonly attempt: number;
}

/** A proof older than this says nothing about now. */
const PROOF_LASTS_MS = 10_000;
const SILENCE_MEANS_DOWN_MS = 60_000;

/**
 * The status is derived, never stored: connected needs a fresh proof.
 * @param way how events come in; a called channel is connected when its last probe succeeded, whenever that was
 */
export function connectionStatus(record: ConnectionRecord, way: 'listen' | 'receive' | 'local'): ConnectionStatus {
  const now = record.now.getTime();
  const proofAge = record.provenAt ? now - record.provenAt.getTime() : Number.POSITIVE_INFINITY;
  const proven = way === 'listen' ? proofAge <= PROOF_LASTS_MS : record.provenAt !== null;
  const base = {
    parked: record.parked,
    since: record.since.toISOString(),
    uptimeSeconds: null,
    lastError: record.lastError,
    lastEventAt: record.lastEventAt?.toISOString() ?? null,
    owner: record.owner,
    attempt: record.failures,
  };
  if (record.state === 'disabled')
    return { ...base, state: 'disabled', parked: false, reason: 'Switched off by an administrator.', owner: null };
  if (record.parked)
    return { ...base, state: 'disconnected', reason: record.lastError?.message ?? 'The platform refused the credentials.', owner: null };
  if (record.state === 'connected' && proven) {
    const uptimeSeconds = Math.round((now - record.since.getTime()) / 1000);
    const silent =
      way === 'receive' && !record.lastEventAt && !record.lastCallAt
        ? 'No callback has come yet: set the callback URL on the platform.'
        : '';
    return { ...base, state: 'connected', uptimeSeconds, reason: silent };
  }
  const waitedMs = now - record.since.getTime();
  if (record.lastError && record.failures >= 3 && waitedMs > SILENCE_MEANS_DOWN_MS)
    return { ...base, state: 'disconnected', reason: record.lastError.message };
  return { ...base, state: 'connecting', reason: connectingReason(record) };
}

function connectingReason(record: ConnectionRecord): string {
  if (record.state === 'connected') return 'No process holds it: the one that did is gone or cut off.';
  if (record.failures > 0 && record.lastError) return record.lastError.message;
  return record.owner ? 'Connecting.' : 'Waiting for a process with a free slot.';
}

/**
 * How long to wait before the next try, in milliseconds: full jitter up to a minute, and never so fast that more than three log-ins fall into one.
 * @param recentLogins when they were, in milliseconds of the same clock as `now`
 * @param random from 0 to 1
 */
export function backoffMs(failures: number, recentLogins: readonly number[], now: number, random: number): number {
  const ceiling = Math.min(60_000, 1000 * 2 ** Math.min(failures, 6));
  const jittered = 500 + random * (ceiling - 500);
  const inLastMinute = recentLogins.filter((at) => now - at < 60_000).sort((a, b) => a - b);
  const mayAt = inLastMinute.length >= 3 ? inLastMinute[inLastMinute.length - 3]! + 60_500 : 0;
  return Math.round(Math.max(jittered, mayAt - now));
}
