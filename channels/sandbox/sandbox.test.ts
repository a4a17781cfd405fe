import { isEnd } from '../../domain/answer';
import { localPorts } from '../../tests/support/ports';
import type { Memory } from '../channel';
import { describeChannel } from '../contract';
import type { FeedEntry } from './feed';
import { toAction, toMessage } from './inbound';
import { sandbox } from './index';

describeChannel({
  name: 'sandbox',
  channel: sandbox,
  mode: 'local',
  // The page does, in the language of whoever reads.
  worded: false,
  start: async () => {
    const ports = localPorts();
    const keys = new Set<string>();
    const memory: Memory = {
      ...ports.memory,
      compareAndSet: async (key, expected, value) => {
        keys.add(key);
        return ports.memory.compareAndSet(key, expected, value);
      },
    };
    const stored = new Map<string, Buffer>();
    const entries = async (): Promise<readonly FeedEntry[]> =>
      (await Promise.all([...keys].map((key) => memory.get<FeedEntry>(key)))).flatMap((entry) => entry ?? []);
    return {
      config: {},
      badConfig: {},
      chat: { chatId: 'desk', kind: 'private' },
      ports: {
        ...ports,
        memory,
        files: { put: async (key, bytes) => void stored.set(key, Buffer.from(bytes)), get: async (key) => stored.get(key) },
      },
      drawn: async () => JSON.stringify(await entries()),
      files: () => [...stored.values()],
      say: () => 'never: the gateway is its way in',
      visible: async () =>
        (await entries()).map((entry) => ({
          kind: entry.type === 'card' ? ('reply' as const) : ('message' as const),
          text: entry.text,
          ended: entry.type === 'message' || isEnd(entry.state),
        })),
      close: async () => undefined,
    };
  },
});

describe('what people do in the sandbox', () => {
  const said = { chat: 'team', sender: 'Ann', text: 'hi', messageId: 'm1', mentions: [] };

  it('is meant for the bot in private, and in a group when it names the bot', () => {
    expect(toMessage({ ...said, group: false }, 1).forBot).toBe(true);
    expect(toMessage({ ...said, group: true }, 1).forBot).toBe(false);
    expect(toMessage({ ...said, group: true, mentions: ['bot'] }, 1)).toMatchObject({
      forBot: true,
      address: { chatId: 'team', kind: 'group' },
      id: 'm1',
      at: 1,
    });
  });

  it('presses a button of one card', () => {
    const pressed = toAction({ id: 'a1', chat: 'team', sender: 'Ann', replyId: 'turn', action: 'stop' }, true, 2);
    expect(pressed).toMatchObject({ kind: 'action', action: 'stop', target: 'turn', sender: { id: 'Ann' } });
    const rated = toAction({ id: 'a2', chat: 'team', sender: 'Ann', replyId: 'turn', action: 'bad', detail: 'wrong' }, true, 2);
    expect(rated).toMatchObject({ action: 'bad', detail: 'wrong' });
  });
});
