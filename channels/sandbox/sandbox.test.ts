import { isEnd } from '../../domain/answer';
import type { Memory } from '../channel';
import { describeChannel, localPorts } from '../contract';
import type { FeedEntry } from './feed';
import { toAction, toMessage } from './inbound';
import { sandbox } from './index';

describeChannel({
  name: 'sandbox',
  channel: sandbox,
  mode: 'local',
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
    return {
      config: {},
      badConfig: {},
      chat: { chatId: 'desk', kind: 'private' },
      ports: { ...ports, memory },
      say: () => 'never: the gateway is its way in',
      visible: async () => {
        const entries = await Promise.all([...keys].map((key) => memory.get<FeedEntry>(key)));
        return entries.flatMap((entry) => {
          if (!entry) return [];
          return [
            {
              kind: entry.type === 'card' ? ('reply' as const) : ('message' as const),
              text: entry.text,
              ended: entry.type === 'message' || isEnd(entry.state),
            },
          ];
        });
      },
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
  });
});
