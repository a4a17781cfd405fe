import type { AnyBackend, Question } from '../agents/backend';
import { attachmentLabel, leftOutNote } from '../domain/attachment-phrases';
import { AppError } from '../domain/errors';
import type { Language } from '../domain/language';
import type { IdentityRefusal } from '../domain/person';
import type { Integration } from '../store/integrations';
import type { AskedEvent } from '../store/questions';
import { opened } from '../store/secrets';
import type { OpenTurn } from '../store/turns';
import type { Reading } from './attachments';
import { withContext } from './context';
import type { Deps } from './deps';
import { openAllowance } from './spending';
import { wordsOf } from './words';

export interface Asking {
  readonly backend: AnyBackend;
  readonly config: unknown;
  /**
   * The question of everybody who may ask, as soon as it is known who they are. Throws an AppError where nobody may, and whatever aborted `signal`.
   */
  admit(signal: AbortSignal): Promise<Admitted>;
}

export interface Admitted {
  /** Without the messages of those who may not ask. */
  readonly asked: readonly AskedEvent[];
  readonly question: Question;
}

/**
 * What the expert is asked, but for its files: the version fixed for the turn, the gathered messages as one, and the session so far. Throws an AppError
 * an administrator can mend. Who asks is being found out from now on; nothing waits for it here.
 */
export async function prepareQuestion(
  deps: Deps,
  turn: OpenTurn,
  integration: Integration,
  sessionId: string,
  asked: readonly AskedEvent[],
): Promise<Asking> {
  const { store, findBackend, identify } = deps;
  const { version } = turn;
  if (!version) throw new AppError('not_published', 'No expert version was published for this integration when the message came.');
  const backend = findBackend(version.backend);
  if (!backend) throw new AppError('not_published', `The backend "${version.backend}" is not installed here.`);
  const { config: settings, unreadable } = opened(store.secrets, version);
  if (unreadable) throw new AppError('unreadable', `The published settings cannot be read: ${unreadable}`);
  const parsed = backend.config.safeParse(settings);
  if (!parsed.success)
    throw new AppError(
      'not_published',
      `The published settings do not fit the backend "${version.backend}" any more: publish the expert again.`,
    );
  const config: unknown = parsed.data;
  const identified = identify(turn.id, integration);
  // Awaited only when the card stands; its failure is told then.
  identified.catch(() => undefined);
  const allowance = openAllowance(store, turn);
  // Before the first turn of a session there was none.
  const history = turn.number === 1 ? [] : await store.turns.history(sessionId, turn.id, backend.historyTurns(config));
  return {
    backend,
    config,
    async admit(signal) {
      const people = new Map((await unlessAborted(identified, signal)).map((one) => [one.personId, one]));
      const admitted = asked.filter(({ personId }) => people.get(personId)?.refused === undefined);
      const last = admitted.at(-1);
      if (!last) throw notAdmitted(people.get(asked.at(-1)!.personId)?.refused ?? 'unknown');
      // A question of several counts for who asked first.
      const [first = last] = admitted;
      const payer = people.get(first.personId)?.asker;
      await allowance.demand({ personId: first.personId, userId: payer?.id ?? first.personId, department: payer?.department });
      // Nor do they come back as history.
      const left = asked.filter((event) => !admitted.includes(event));
      if (left.length > 0)
        await store.events.end(
          left.map(({ id }) => id),
          'refused',
        );
      const overheard = last.address.kind === 'group' ? await store.context.before(turn.id) : [];
      const text = withContext(overheard, questionText(admitted), last.language);
      const asker = people.get(last.personId)?.asker ?? { id: last.personId, ...(last.name && { name: last.name }) };
      return { asked: admitted, question: { turnId: turn.id, text, attachments: [], asker, history, sessionId } };
    },
  };
}

const notAdmitted = (refusal: IdentityRefusal): AppError => new AppError(`person_${refusal}`, WHY[refusal]);

/** For administrators, who find it by the reference number. */
const WHY: Readonly<Record<IdentityRefusal, string>> = {
  blocked: 'Whoever asked is blocked: see the page of this person.',
  outsider: 'Whoever asked is not a member of the company: the integration (people.external) or the trigger (external) refuses outsiders.',
  unknown:
    'No user fits whoever asked, and the integration makes none (people.mapping, people.onUnknown): add a user, or merge the person into one.',
  refused: 'The directory that the integration asks (people.mapping) refused whoever asked.',
  away: 'The directory that the integration asks (people.mapping) gave no usable answer, and people.fallback refuses then: see the log.',
};

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(new AppError('aborted', 'Whoever waited for it does not any more.', { retryable: true }));
    if (signal.aborted) return give();
    signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

/** Gathered messages are joined by line breaks; in groups each line carries its speaker, a message of files alone what they are. */
export function questionText(asked: readonly AskedEvent[]): string {
  const shared = asked.some(({ address }) => address.kind === 'group');
  const lines = asked.map((event) => {
    const words = wordsOf(event);
    if (!shared) return words;
    const said = words || event.attachments.map((attachment) => `[${attachmentLabel(attachment)}]`).join(' ');
    return `${event.name ?? event.platformPersonId}: ${said}`;
  });
  return lines.filter((line) => line !== '').join('\n');
}

/** The question with the files its expert takes; of those it does not get it is told in words. */
export function withAttachments(question: Question, { files, leftOut }: Reading, language: Language, { attachments }: Deps): Question {
  const notes = leftOut.map((one) => leftOutNote(one, language, attachments));
  return { ...question, text: [question.text, ...notes].filter((line) => line !== '').join('\n'), attachments: files };
}
