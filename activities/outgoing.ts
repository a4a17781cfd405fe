import { createHash } from 'node:crypto';
import { log } from '@temporalio/activity';
import type { Abilities, Messenger, SentFile } from '../channels/channel';
import type { AnswerFile } from '../domain/answer';
import { notSentText } from '../domain/attachment-phrases';
import { AppError } from '../domain/errors';
import type { Address } from '../domain/event';
import type { Language } from '../domain/language';
import type { OutgoingState, StoredFile } from '../store/attachments';
import type { OpenTurn } from '../store/turns';
import type { Deps } from './deps';

/** The files of one answer on their way out: stored as they come, sent after the last frame. */
export interface Outgoing {
  keep(file: AnswerFile): Promise<void>;
  readonly count: number;
  /** Names of those that this chat cannot get. */
  readonly notSent: readonly string[];
}

/** What earlier attempts at the answer made is forgotten. */
export async function openOutgoing(deps: Deps, { id, attempts, reply }: OpenTurn, sends: Abilities['sends']): Promise<Outgoing> {
  const { store, files } = deps;
  const { maxFileBytes, maxTurnBytes, maxTurnFiles } = deps.attachments;
  const notSent: string[] = [];
  let count = 0;
  let total = 0;
  // Bytes that stay behind without a row harm nobody.
  if (attempts > 0) await files.remove(await store.attachments.forget(id)).catch(() => undefined);
  return {
    async keep({ kind, name, mime, bytes }) {
      const size = bytes.byteLength;
      // An image can always go as a file.
      const goesAs = sends.find((one) => one === kind) ?? sends.find((one) => one === 'file');
      if (!goesAs || size > maxFileBytes || total + size > maxTurnBytes || count >= maxTurnFiles) return void notSent.push(name);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const key = await store.attachments.make(id, reply.epoch, count, { kind: goesAs, name, mime, size, sha256 });
      if (key === undefined) return;
      count += 1;
      total += size;
      await files.put(key, bytes, mime).catch((error: unknown) => {
        // Sending it finds nothing and says so.
        log.warn('a file of an answer could not be stored', { code: error instanceof AppError ? error.code : 'unknown' });
      });
    },
    get count() {
      return count;
    },
    notSent,
  };
}

export interface Sending {
  readonly turnId: string;
  readonly to: Address;
  readonly language: Language;
}

/**
 * Sends the files of a finished answer, each under a key that platforms know again where they can. What was under way when a process died is sent
 * again; what the platform refuses for good is said by name. Rejects while the platform or the attachment store is away.
 */
export async function sendFiles({ store, files }: Deps, messenger: Messenger, { turnId, to, language }: Sending): Promise<void> {
  for (const file of await store.attachments.unsent(turnId)) {
    const key = `file:${turnId}:${file.position}`;
    const refused = await refusalOf(async () => {
      const bytes = await files.get(file.key);
      if (!bytes || !messenger.sendFile) throw new AppError(bytes ? 'refused' : 'files_lost', 'This file cannot be sent.');
      await store.attachments.settle(file.id, 'sending', null);
      await messenger.sendFile(to, toSent(file, bytes), key);
    });
    // Said before it is settled: after a crash it is rather said twice than not at all.
    if (refused) await refusalOf(() => messenger.say(to, notSentText([file.name ?? file.kind], language), `${key}:refused`));
    await store.attachments.settle(file.id, refused ? 'refused' : 'sent', refused?.code ?? null);
  }
}

/** What will be refused again comes back; what may pass is thrown. */
async function refusalOf(work: () => Promise<void>): Promise<AppError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof AppError && !error.retryable) return error;
    throw error;
  }
}

const toSent = ({ kind, name, mime }: StoredFile<OutgoingState>, bytes: Buffer): SentFile => ({
  kind: kind === 'image' ? 'image' : 'file',
  name: name ?? kind,
  mime: mime ?? 'application/octet-stream',
  bytes,
});
