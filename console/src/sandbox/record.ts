/** The parts of `GET conversations/{id}` that this page shows; times are ISO 8601. */
export interface ConversationRecord {
  readonly id: string;
  readonly state: 'open' | 'ended';
  readonly startedAt: string;
  readonly turns: readonly TurnRecord[];
  /** When the session ends unless somebody speaks. */
  readonly expiresAt?: string | null;
  readonly temporal?: { readonly workflowId: string; readonly runId?: string | null; readonly url?: string | null } | null;
}

export interface TurnRecord {
  readonly id: string;
  readonly number: number | null;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped' | 'expired';
  readonly question: readonly { readonly eventId: string; readonly text: string; readonly person?: unknown; readonly at: string }[];
  readonly expert?: { readonly id: string; readonly version: number | null } | null;
  readonly timings?: Timings | null;
  readonly usage?: { readonly inputTokens?: number; readonly outputTokens?: number } | null;
  readonly error?: { readonly reference?: string | null; readonly reason?: string | null } | null;
}

interface Timings {
  readonly createdAt?: string | null;
  readonly startedAt?: string | null;
  readonly firstTokenAt?: string | null;
  readonly endedAt?: string | null;
}

export interface Span {
  readonly name: 'waited' | 'firstWords' | 'total';
  readonly ms: number;
}

/** How long a turn waited, how soon it said something, how long it took; what is not known yet is left out. */
export function spansOf(turn: TurnRecord): readonly Span[] {
  const received = moment(turn.question[0]?.at) ?? moment(turn.timings?.createdAt);
  const started = moment(turn.timings?.startedAt);
  const firstWords = moment(turn.timings?.firstTokenAt);
  const ended = moment(turn.timings?.endedAt);
  return [span('waited', received, started), span('firstWords', started, firstWords), span('total', started ?? received, ended)].filter(
    (found) => found !== undefined,
  );
}

export const deadlineOf = ({ expiresAt }: ConversationRecord): number | undefined => moment(expiresAt);

const span = (name: Span['name'], from: number | undefined, to: number | undefined): Span | undefined =>
  from === undefined || to === undefined || to < from ? undefined : { name, ms: to - from };

function moment(at: string | null | undefined): number | undefined {
  if (at == null) return undefined;
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? undefined : ms;
}
