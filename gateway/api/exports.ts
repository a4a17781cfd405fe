import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ConversationRow } from '../../store/conversations';
import type { Listed, Scope } from '../../store/scope';
import { actorOf } from '../auth';
import type { Caller } from '../caller';
import { type GatewayDeps, nowOf } from '../deps';
import { presentAct, presentTurn } from './conversation-turns';
import { presentSummary } from './conversation-view';
import { conversationFilters, conversationOf, filterOf } from './conversations';
import { type Download, download } from './download';
import { areColumns, csv, jsonLines, type Manifest, type Writer } from './export-formats';
import { page } from './export-page';
import type { Operation } from './operation';

const SESSIONS_AT_A_TIME = 100;
const TURNS_AT_A_TIME = 200;
const BEGINNING = { time: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

const columns = z
  .string()
  .max(1000)
  .refine(areColumns, 'names a column that there is not')
  .optional()
  .meta({ description: 'Of CSV: names between commas, in the order they are wanted; all unless given' });

/** Transcripts as files, without a limit of rows: read page by page and sent as they are read. */
export const exportOperations = (deps: GatewayDeps): readonly Operation[] => {
  const tag = 'Exports';
  return [
    download({
      ...{
        path: '/conversations/:id/export',
        tag,
        summary: 'One session as a file; HTML is to be read and printed',
        right: 'content',
        transcript: true,
      },
      query: z.object({
        format: z.enum(['jsonl', 'csv', 'html']).default('jsonl'),
        columns,
        language: z.enum(['en', 'zh']).default('en').meta({ description: 'Of HTML' }),
      }),
      types: ['application/x-ndjson', 'text/csv', 'text/html'],
      find: conversationOf(deps),
      async run({ scope, caller, found, query, reason }) {
        const writer = query.format === 'html' ? page(query.language) : writerFor(query);
        const sessions = async function* () {
          yield found;
        };
        return written(
          deps,
          { scope, caller, reason, filter: { conversationId: found.id }, name: `conversation-${found.id}` },
          writer,
          sessions(),
        );
      },
    }),
    download({
      ...{
        path: '/exports/conversations',
        tag,
        summary: 'All sessions of a search as a file, newest first',
        right: 'content',
        transcript: true,
      },
      query: conversationFilters.extend({ format: z.enum(['jsonl', 'csv']).default('jsonl'), columns }),
      types: ['application/x-ndjson', 'text/csv'],
      async run({ scope, caller, query, reason }) {
        const filter = filterOf(query);
        const sessions = everySession(deps, scope, filter);
        return written(
          deps,
          { scope, caller, reason, filter, name: `conversations-${nowOf(deps).toISOString().slice(0, 10)}` },
          writerFor(query),
          sessions,
        );
      },
    }),
  ];
};

const writerFor = ({ format, columns: names }: { readonly format: string; readonly columns?: string | undefined }): Writer =>
  format === 'csv' ? csv(names?.split(',')) : jsonLines;

async function* everySession({ store }: GatewayDeps, scope: Scope, filter: ReturnType<typeof filterOf>): AsyncGenerator<ConversationRow> {
  let before: { readonly time: string; readonly id: string } = BEGINNING;
  for (;;) {
    const found: Listed<ConversationRow>[] = await store.conversations.list(scope, filter, before, SESSIONS_AT_A_TIME);
    yield* found;
    const last = found.at(-1);
    if (!last || found.length < SESSIONS_AT_A_TIME) return;
    before = { time: last.listedAt, id: last.id };
  }
}

interface Order {
  readonly scope: Scope;
  readonly caller: Caller;
  readonly reason: string | undefined;
  readonly filter: object;
  readonly name: string;
}

/** The file with its manifest: what is counted and hashed is what is sent. */
function written(
  deps: GatewayDeps,
  { scope, caller, reason, filter, name }: Order,
  writer: Writer,
  sessions: AsyncIterable<ConversationRow>,
): Download {
  const hash = createHash('sha256');
  const { id, name: exporter, email } = actorOf(caller);
  let manifest: Manifest | undefined;

  async function* chunks(): AsyncGenerator<string> {
    let [conversations, turns] = [0, 0];
    let from = null as string | null;
    let to = null as string | null;
    for await (const piece of pieces()) {
      if (piece.session) {
        conversations += 1;
        from = from === null || piece.session < from ? piece.session : from;
        to = to === null || piece.session > to ? piece.session : to;
      }
      turns += piece.turns;
      if (piece.text === '') continue;
      hash.update(piece.text);
      yield piece.text;
    }
    manifest = {
      ...{ conversations, turns, from, to, filter, exportedAt: nowOf(deps).toISOString() },
      ...{ exporter: { id, name: exporter, ...(email !== undefined && { email }) }, reason: reason ?? null, sha256: hash.digest('hex') },
    };
    yield writer.end(manifest);
  }

  async function* pieces(): AsyncGenerator<{ readonly text: string; readonly turns: number; readonly session?: string }> {
    yield { text: writer.begin(), turns: 0 };
    for await (const row of sessions) {
      const session = presentSummary(deps.config, row);
      const acts = await deps.store.conversations.acts(scope, row.id);
      yield { text: writer.session(session, acts.map(presentAct)), turns: 0, session: session.startedAt };
      for await (const found of turnsOf(deps, scope, row.id))
        yield { text: found.map((turn) => writer.turn(session, presentTurn(turn))).join(''), turns: found.length };
    }
  }

  return { name: `${name}.${writer.extension}`, type: writer.type, chunks: chunks(), summary: () => manifest };
}

async function* turnsOf({ store }: GatewayDeps, scope: Scope, conversationId: string) {
  for (let after: readonly [number, string, string] | undefined; ; ) {
    const found = await store.conversations.turns(scope, conversationId, after, TURNS_AT_A_TIME);
    if (found.length > 0) yield found;
    const last = found.at(-1);
    if (!last || found.length < TURNS_AT_A_TIME) return;
    after = [last.place, last.listedAt, last.id];
  }
}
