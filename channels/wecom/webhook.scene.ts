import type { InboundEvent } from '../../domain/event';
import { localPorts } from '../../tests/support/ports';
import type { Deliver, WebhookCall, WebhookResult } from '../channel';
import type { WebhookConfig } from './config';
import { startWecomHttpEmulator, type WecomHttpEmulator } from './emulator/http';
import { receiveWebhook } from './webhook';
import type { WebhookTimes } from './webhook-times';

export let emulator: WecomHttpEmulator;
export let ports: ReturnType<typeof localPorts>;
export let heard: InboundEvent[];
export const HOUR = 3_600_000;

beforeAll(async () => {
  emulator = await startWecomHttpEmulator();
});
afterAll(() => emulator.close());
beforeEach(() => {
  heard = [];
  ports = localPorts();
  emulator.receiver((call) => receive(call));
});

export const hear: Deliver = async (event) => {
  heard.push(event);
  return { fresh: true };
};
export const receive = (
  call: WebhookCall,
  config: WebhookConfig = emulator.bot,
  deliver: Deliver = hear,
  times?: WebhookTimes,
): Promise<WebhookResult> => receiveWebhook(config, call, deliver, ports, times);
/** A message to the bot. */
export const message = (text = 'hello'): WebhookCall => emulator.botCall(emulator.message({ text }));
/** A message to the application. */
export const text = (Content = 'hello', more: Record<string, string> = {}): WebhookCall =>
  emulator.appCall({ Content, MsgId: '9007199254740993123', ...more });
export const withQuery = (call: WebhookCall, query: Record<string, string | undefined>): WebhookCall => ({
  ...call,
  query: { ...call.query, ...query },
});
export const now = (): number => emulator.now();
