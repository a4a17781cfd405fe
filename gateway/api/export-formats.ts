import { stringify } from 'csv-stringify/sync';
import type { presentAct, presentTurn } from './conversation-turns';
import type { presentSummary } from './conversation-view';

export type ExportedSession = ReturnType<typeof presentSummary>;
export type ExportedTurn = ReturnType<typeof presentTurn>;
export type ExportedAct = ReturnType<typeof presentAct>;

/** What stands at the end of a complete export. Without it the file is cut. */
export interface Manifest {
  readonly conversations: number;
  readonly turns: number;
  /** Begin of the first and of the last session in it. */
  readonly from: string | null;
  readonly to: string | null;
  readonly filter: object;
  readonly exportedAt: string;
  readonly exporter: { readonly id: string | null; readonly name: string; readonly email?: string };
  readonly reason: string | null;
  /** Of all bytes before the manifest. */
  readonly sha256: string;
}

/** How an export is written, piece by piece. */
export interface Writer {
  readonly type: string;
  readonly extension: string;
  begin(): string;
  session(session: ExportedSession, acts: readonly ExportedAct[]): string;
  turn(session: ExportedSession, turn: ExportedTurn): string;
  end(manifest: Manifest): string;
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

/** Everything that is known, a JSON object a line: `conversation`, its `act`s, its `turn`s, and the `manifest` at last. */
export const jsonLines: Writer = {
  ...{ type: 'application/x-ndjson', extension: 'jsonl' },
  begin: () => '',
  session: (session, acts) =>
    line({ kind: 'conversation', ...session }) +
    acts.map(({ kind: act, ...rest }) => line({ kind: 'act', conversationId: session.id, act, ...rest })).join(''),
  turn: (session, turn) => line({ kind: 'turn', conversationId: session.id, ...turn }),
  end: (manifest) => line({ kind: 'manifest', ...manifest }),
};

type Cell = string | number | null;
type Row = readonly [ExportedSession, ExportedTurn];

const COLUMNS: Readonly<Record<string, (...row: Row) => Cell>> = {
  conversationId: ({ id }) => id,
  turnId: (_, { id }) => id,
  turn: (_, { number }) => number,
  state: (_, { state }) => state,
  startedAt: ({ startedAt }) => startedAt,
  askedAt: (_, { question, timings }) => question[0]?.at ?? timings.createdAt,
  endedAt: (_, { timings }) => timings.endedAt,
  integrationId: ({ integrationId }) => integrationId,
  integration: ({ integrationName }) => integrationName,
  expertId: (_, { expert }) => expert?.id ?? null,
  expert: (_, { expert }) => expert?.name ?? null,
  expertVersion: (_, { expert }) => expert?.version ?? null,
  chat: ({ chat }) => chat,
  chatKind: ({ chatKind }) => chatKind,
  personIds: (_, { question }) => unique(question.map(({ personId }) => personId)),
  people: (_, { question }) => unique(question.map(({ person }) => person)),
  question: (_, { question }) => question.map(({ text }) => text).join('\n'),
  attachments: (_, { question }) => unique(question.flatMap(({ attachments }) => attachments.map(({ name, kind }) => name ?? kind))),
  answer: (_, { reply }) => reply.text,
  footer: (_, { reply }) => reply.footer,
  note: (_, { note }) => note,
  reference: (_, { error }) => error?.reference ?? null,
  stoppedBy: (_, { stoppedBy }) => stoppedBy?.name ?? null,
  ratings: (_, { feedback }) =>
    feedback.map(({ person, rating, reason, comment }) => [person, rating, reason, comment].filter(Boolean).join(': ')).join('\n'),
  model: (_, { usage }) => text((usage as Record<string, unknown> | null)?.model),
  inputTokens: (_, { usage }) => text((usage as Record<string, unknown> | null)?.inputTokens),
  outputTokens: (_, { usage }) => text((usage as Record<string, unknown> | null)?.outputTokens),
  firstTokenMs: (_, { durations }) => durations.thinkingMs,
  totalMs: (_, { durations }) => durations.totalMs,
  workflowId: ({ temporal }) => temporal.workflowId,
  runId: ({ temporal }) => temporal.runId,
};

export const exportColumns: readonly string[] = Object.keys(COLUMNS);

const unique = (all: readonly string[]): string => [...new Set(all)].join('; ');
const text = (value: unknown): string | null => (value === undefined || value === null ? null : String(value));

/** Rows for spreadsheets: UTF-8 with a byte order mark, no cell is taken for a formula. */
export const csvRows = (rows: readonly (readonly unknown[])[], first = false): string =>
  stringify(rows as unknown[][], {
    bom: first,
    escape_formulas: true,
    quoted_match: /\n/,
    record_delimiter: 'windows',
    cast: { boolean: String },
  });

/** One turn a row. The last row holds the manifest: `# manifest` and a JSON object. */
export const csv = (columns: readonly string[] = exportColumns): Writer => ({
  ...{ type: 'text/csv', extension: 'csv' },
  begin: () => csvRows([columns], true),
  session: () => '',
  turn: (session, turn) => csvRows([columns.map((name) => COLUMNS[name]?.(session, turn) ?? '')]),
  end: (manifest) => csvRows([['# manifest', JSON.stringify(manifest)]]),
});

/** Which columns, checked: `id,question`. @throws by zod's refinement */
export const areColumns = (given: string): boolean => given.split(',').every((name) => exportColumns.includes(name));
