import type { AnyBackend, Question } from '../agents/backend';
import { AppError } from '../domain/errors';
import type { AskedEvent, OpenTurn } from '../store/turns';
import type { Deps } from './deps';

export interface Asking {
  readonly backend: AnyBackend;
  readonly config: unknown;
  readonly question: Question;
}

/** What the expert is asked: the version fixed for the turn, the gathered messages as one, and the session so far. Throws an AppError an administrator can mend. */
export async function prepareQuestion(
  { store, findBackend }: Deps,
  turn: OpenTurn,
  sessionId: string,
  asked: readonly AskedEvent[],
): Promise<Asking> {
  const version = turn.versionId ? await store.turns.version(turn.versionId) : undefined;
  if (!version) throw new AppError('not_published', 'No expert version was published for this integration when the message came.');
  const backend = findBackend(version.backend);
  if (!backend) throw new AppError('not_published', `The backend "${version.backend}" is not installed here.`);
  const parsed = backend.config.safeParse(store.secrets.open(version.config));
  if (!parsed.success)
    throw new AppError(
      'not_published',
      `The published settings do not fit the backend "${version.backend}" any more: publish the expert again.`,
    );
  const config: unknown = parsed.data;
  const history = await store.turns.history(sessionId, turn.id, backend.historyTurns(config));
  const last = asked.at(-1)!;
  const asker = { id: last.personId, ...(last.name && { name: last.name }) };
  return {
    backend,
    config,
    question: { turnId: turn.id, text: questionText(asked), attachments: asked.flatMap((e) => e.attachments), asker, history, sessionId },
  };
}

/** Gathered messages are joined by line breaks; in groups each line carries its speaker. */
export function questionText(asked: readonly Pick<AskedEvent, 'text' | 'name' | 'platformPersonId' | 'address'>[]): string {
  const shared = asked.some(({ address }) => address.kind === 'group');
  return asked.map(({ text, name, platformPersonId }) => (shared ? `${name ?? platformPersonId}: ${text}` : text)).join('\n');
}
