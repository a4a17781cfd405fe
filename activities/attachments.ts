import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@temporalio/activity';
import type { AskedFile, TakenFiles } from '../agents/backend';
import type { FetchedFile, Messenger } from '../channels/channel';
import type { LeftOut, LeftOutWhy } from '../domain/attachment-phrases';
import { AppError } from '../domain/errors';
import type { Attachment } from '../domain/event';
import type { IncomingFile } from '../store/attachments';
import type { AskedEvent } from '../store/questions';
import type { OpenTurn } from '../store/turns';
import type { Deps } from './deps';
import { mediaTypeOf, utf8Of } from './media-type';

/** What came with a question: the files its expert takes, and what became of the others. */
export interface Reading {
  readonly files: readonly AskedFile[];
  readonly leftOut: readonly LeftOut[];
}

const TRIES = 3;

/** One attachment of one of the question's events. */
interface Came {
  readonly event: AskedEvent;
  readonly attachment: Attachment;
  readonly position: number;
}

/** A file that is there, in the store or, where it could not be kept, in memory. */
interface There {
  readonly row: Pick<IncomingFile, 'key' | 'name'>;
  readonly mime: string;
  readonly size: number;
  readonly bytes?: Buffer;
}

/**
 * Fetches what came with a question, each file once for all attempts, and sorts it by what the expert takes. Never fails because of a file: what
 * cannot be had is left out and said. Rejects when the database is away or `signal` aborts.
 */
export async function readAttachments(
  deps: Deps,
  turn: OpenTurn,
  asked: readonly AskedEvent[],
  takes: readonly TakenFiles[],
  signal: AbortSignal,
): Promise<Reading> {
  const came = asked.flatMap((event) => event.attachments.map((attachment, position): Came => ({ event, attachment, position })));
  const integration = came.length === 0 ? undefined : await deps.store.integrations.find(turn.integrationId);
  if (!integration) return { files: [], leftOut: [] };
  const messenger = deps.messengerFor(integration);
  const { maxTurnFiles, maxTurnBytes } = deps.attachments;
  const files: AskedFile[] = [];
  const leftOut: LeftOut[] = [];
  let count = 0;
  let total = 0;
  for (const one of came) {
    const { kind, name, ref, text } = one.attachment;
    // What says all it has in words needs no fetching.
    if (text && (ref === '' || kind === 'location' || (kind === 'audio' && !takes.some(({ type }) => /^(audio|\*)\//.test(type)))))
      continue;
    count += 1;
    const there =
      ref === '' ? 'unreadable' : count > maxTurnFiles ? 'too_many' : await have(deps, messenger, one, maxTurnBytes - total, signal);
    if (typeof there === 'string') {
      leftOut.push({ kind, name, why: there });
      continue;
    }
    total += there.size;
    const given = sort(deps, one.attachment, there, takes, count);
    if (given.file) files.push(given.file);
    if (given.why) leftOut.push({ kind, name: name ?? there.row.name ?? undefined, why: given.why });
  }
  return { files, leftOut };
}

/** Decides what the expert gets of a file that is there. */
function sort(
  deps: Deps,
  attachment: Attachment,
  there: There,
  takes: readonly TakenFiles[],
  number: number,
): { readonly file?: AskedFile; readonly why?: LeftOutWhy } {
  const { mime, size } = there;
  const taken = takes.find(({ type }) => matches(type, mime));
  if (!taken) return attachment.text ? {} : { why: 'not_taken' };
  const isText = mime.startsWith('text/');
  const tooLarge = taken.maxBytes !== undefined && size > taken.maxBytes;
  if (tooLarge && !isText) return { why: 'too_large_for_expert' };
  const name = attachment.name ?? there.row.name ?? `${attachment.kind}-${number}.${mime.split(/[/+.-]/).at(-1)}`;
  const read = async (): Promise<Buffer> => {
    const bytes = there.bytes ?? (await deps.files.get(there.row.key));
    if (!bytes) throw new AppError('files_lost', 'A stored attachment is not in the attachment store any more.', { retryable: true });
    return isText ? utf8Of(bytes, taken.maxBytes) : bytes;
  };
  return { file: { ...attachment, name, mime, size, read }, ...(tooLarge && { why: 'cut' }) };
}

/** `image/*` and the like. */
const matches = (pattern: string, mime: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i').test(mime);

/** The file, fetched now or by an earlier attempt; or why there is none. */
async function have(deps: Deps, messenger: Messenger, one: Came, left: number, signal: AbortSignal): Promise<There | LeftOutWhy> {
  const { store, attachments } = deps;
  const { attachment, event, position } = one;
  const row = await store.attachments.expect(event.id, position, attachment);
  if (row.state === 'fetched') {
    if (row.size! > left) return 'too_much';
    const kept = { row, mime: row.mime ?? 'application/octet-stream', size: row.size! };
    if (await deps.files.has(row.key).catch(() => true)) return kept;
  } else if (row.state !== 'pending') return row.why === 'empty' ? 'empty' : row.state;
  const most = Math.min(attachments.maxFileBytes, left);
  const tooMuch = (): LeftOutWhy => (most < attachments.maxFileBytes ? 'too_much' : 'too_large');
  const known = attachment.size !== undefined && attachment.size > most;
  const fetched = known ? 'too_large' : ((await earlier(deps, one, most)) ?? (await fetchPatiently(deps, messenger, one, most, signal)));
  if (fetched === 'too_large' && tooMuch() === 'too_much') return 'too_much';
  if (typeof fetched === 'string') {
    await store.attachments.settle(row.id, fetched, null, attachment.size === undefined ? {} : { size: attachment.size });
    return fetched;
  }
  return await keep(deps, row, attachment, fetched);
}

/** A question that is asked again brings the files it had: the platform may have them no more. */
async function earlier({ store, files }: Deps, { event, attachment }: Came, maxBytes: number): Promise<FetchedFile | undefined> {
  const found = await store.attachments.earlier(event.id, attachment.ref);
  const bytes = found && (await files.get(found.key).catch(() => undefined));
  if (!found || !bytes || bytes.length > maxBytes) return undefined;
  return { bytes, ...(found.name !== null && { name: found.name }), ...(found.mime !== null && { mime: found.mime }) };
}

/** Checks what was fetched by its bytes, and stores it. What cannot be stored serves this one attempt; the next one fetches again. */
async function keep(deps: Deps, row: IncomingFile, attachment: Attachment, fetched: FetchedFile): Promise<There | LeftOutWhy> {
  const { bytes } = fetched;
  const name = attachment.name ?? fetched.name ?? null;
  const mime = mediaTypeOf(bytes, { kind: attachment.kind, name: name ?? undefined, mime: attachment.mime ?? fetched.mime });
  const size = bytes.length;
  const refuse = async (why: 'empty' | null) => await deps.store.attachments.settle(row.id, 'unsupported', why, { mime, size });
  if (size === 0) {
    await refuse('empty');
    return 'empty';
  }
  if (!deps.attachments.types.some((type) => matches(type, mime))) {
    await refuse(null);
    return 'unsupported';
  }
  try {
    await deps.files.put(row.key, bytes, mime);
  } catch (error) {
    log.warn('an attachment could not be stored', { attachment: row.id, ...told(error) });
    return { row: { ...row, name }, mime, size, bytes };
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await deps.store.attachments.fetched(row.id, { name, mime, size, sha256 });
  return { row: { ...row, name }, mime, size };
}

/** Asks the platform a few times. The links of some last only minutes, so nothing is put off. */
async function fetchPatiently(
  { attachments }: Deps,
  messenger: Messenger,
  { attachment, event }: Came,
  maxBytes: number,
  signal: AbortSignal,
): Promise<FetchedFile | 'too_large' | 'unsupported' | 'gone' | 'failed'> {
  if (!messenger.fetchFile) return 'unsupported';
  const late = AbortSignal.any([signal, AbortSignal.timeout(attachments.fetchMs)]);
  for (let left = TRIES; ; left--) {
    try {
      const fetched = await orAborted(messenger.fetchFile(attachment, event.address, maxBytes), late);
      return fetched.bytes.length > maxBytes ? 'too_large' : fetched;
    } catch (error) {
      signal.throwIfAborted();
      const code = error instanceof AppError ? error.code : '';
      if (code === 'too_large' || code === 'gone') return code;
      const again = left > 1 && !late.aborted && error instanceof AppError && error.retryable;
      log.warn('an attachment could not be fetched', { kind: attachment.kind, again, ...told(error) });
      if (!again) return 'failed';
      await sleep((error.retryAfterMs ?? attachments.pauseMs) || 1, undefined, { signal: late }).catch(() => undefined);
      signal.throwIfAborted();
    }
  }
}

/** The messenger knows no signal; what it still brings after an abort is dropped. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const give = () => reject(new AppError('timeout', 'A file was waited for too long.'));
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

const told = (error: unknown) =>
  error instanceof AppError ? { code: error.code, error: error.message } : { error: error instanceof Error ? error.name : 'unknown' };
