import type { ReplyView } from '../../domain/answer';
import type { Address } from '../../domain/event';
import { localPorts } from '../../tests/support/ports';
import type { Deliver, Messenger, ReplyRef, Save } from '../channel';
import { view } from '../contract';
import { type ShownStream, startWecomHttpEmulator, type WecomHttpEmulator } from './emulator/http';
import { receiveWebhook } from './webhook';
import { createWebhookMessenger } from './webhook-messenger';
import { type WebhookTimes, webhookTimes } from './webhook-times';

export let emulator: WecomHttpEmulator;
let ports: ReturnType<typeof localPorts>;
let addresses: Map<string, Address>;
export let times: WebhookTimes;
export const save: Save = async () => undefined;
export const turn = (id = 'turn-1', epoch = 1) => ({ id, epoch });
export const MINUTE = 60_000;
export const bytes = (text: string): number => Buffer.byteLength(text);

beforeEach(async () => {
  emulator = await startWecomHttpEmulator();
  ports = localPorts();
  addresses = new Map();
  times = { ...webhookTimes, takenWithinMs: 5000, lookEveryMs: 5, callTimeoutMs: 3000, now: emulator.now };
  emulator.receiver((call) => receiveWebhook(emulator.bot, call, keep, ports, times));
});
afterEach(() => emulator.close());

const keep: Deliver = async ({ id, address }) => {
  addresses.set(id, address);
  return { fresh: true };
};

export const messenger = (): Messenger => createWebhookMessenger(emulator.bot, ports, times);
/** Somebody says something; resolves with where its answer goes. */
export const said = async (more: Partial<Parameters<WecomHttpEmulator['say']>[0]> = {}): Promise<Address> =>
  addresses.get(await emulator.say({ text: 'question', ...more }))!;
export const stream = (to: Address): ShownStream => emulator.streams().find(({ id }) => id === to.handles!.streamId)!;
export const begin = (to: Address, text = '', ref = turn()): Promise<ReplyRef> =>
  messenger().beginReply(to, ref, view(text ? 'streaming' : 'thinking', text), undefined, save);
export const finish = (reply: ReplyRef, text: string, more: Partial<ReplyView> = {}): Promise<ReplyRef> =>
  messenger().finishReply(reply, view('done', text, more), save);
/** What came through the address for late answers. */
export const late = (): readonly string[] => emulator.late().map(({ content }) => content);
export const lines = (count: number, of = '一二三 four'): string => Array.from({ length: count }, (_, n) => `${n} ${of}`).join('\n\n');

/** From here to the end of the test. */
export const setTimes = (more: Partial<WebhookTimes>): void => {
  times = { ...times, ...more };
};
