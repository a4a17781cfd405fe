import { createHash } from 'node:crypto';
import { ChannelError } from '../../domain/errors';
import type { Ports } from '../channel';
import { NOT_WECOM, send } from './http';
import { refusedCall, WecomHttpError } from './http-errors';

/** What is known of a `response_url`: who uses it, and whether a call may have arrived though its answer did not. */
interface UsedUrl {
  readonly key: string;
  readonly state: 'free' | 'unsure' | 'sent';
}

const PER_SECOND = 20;
export const URL_LIVES_MS = 3_600_000;

interface LateMessage {
  readonly url: string;
  /** Whose message it is. */
  readonly key: string;
  readonly content: string;
  /** Its hour has passed. */
  readonly isOver: boolean;
}

/** Whether this address can still be used by whoever has this key. */
export async function isUsable({ memory }: Pick<Ports, 'memory'>, url: string, key: string): Promise<boolean> {
  const known = await memory.get<UsedUrl>(memoryKey(url));
  return known === undefined || known.key === key;
}

/**
 * Posts one Markdown message to the address that came with a message. WeCom takes one, within the hour: who comes first has it, and
 * comes again under the same key without sending twice. Throws `gone` when it was used for something else or has expired.
 */
export async function postOnce(
  { memory, budget, called }: Ports,
  { url, key, content, isOver }: LateMessage,
  timeoutMs: number,
): Promise<void> {
  const at = memoryKey(url);
  const known = await memory.get<UsedUrl>(at);
  if (known?.key === key && known.state === 'sent') return;
  const mine = known === undefined || known.key === key;
  if (!mine || !(await memory.compareAndSet(at, known, { key, state: 'unsure' } satisfies UsedUrl))) throw usedUp();
  const unsure = known?.state === 'unsure';
  await budget.take('aibot.response', PER_SECOND, 'last');
  try {
    const body = { msgtype: 'markdown', markdown: { content } };
    const answer = await send('response_url', { method: 'POST', url, body }, timeoutMs);
    if (answer.errcode !== 0) throw refusedCall('response_url', answer.status, answer.errcode);
  } catch (error) {
    called(error instanceof ChannelError && error.code === 'rate_limited' ? 'rate_limited' : 'error');
    // Whether the call arrived is not known.
    if (!(error instanceof WecomHttpError) || error.errcode === NOT_WECOM) throw error;
    // An earlier call may have arrived: an address that is refused within its hour was used by it.
    if (!error.retryable && unsure && !isOver) return memory.put(at, { key, state: 'sent' } satisfies UsedUrl);
    if (!unsure) await memory.put(at, { key, state: 'free' } satisfies UsedUrl);
    throw error.retryable ? error : usedUp();
  }
  called('ok');
  await memory.put(at, { key, state: 'sent' } satisfies UsedUrl);
}

const usedUp = (): ChannelError =>
  new ChannelError('gone', 'The address for a late answer was used or has expired; WeCom gives no other way in this mode.');

const memoryKey = (url: string): string => `url/${createHash('sha256').update(url).digest('base64url')}`;
