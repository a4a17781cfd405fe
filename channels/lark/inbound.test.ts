import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inbound, type LarkEvent, milliseconds, namesSomebody } from './inbound';

const folder = join(__dirname, 'samples');
const samples = readdirSync(folder).map((file): [string, { event: LarkEvent; expected: unknown }] => [
  file.replace('.json', '').replaceAll('-', ' '),
  JSON.parse(readFileSync(join(folder, file), 'utf8')),
]);

describe("reading Lark's events", () => {
  it.each(samples)('%s', (_, { event, expected }) => {
    expect(inbound(event, 'ou_bot') ?? null).toEqual(expected);
  });

  it('takes any bot that is named for ours while ours is not known', () => {
    const { event } = samples.find(([name]) => name === 'text group mention')![1];
    expect(inbound(event, undefined)).toMatchObject({ forBot: true, text: 'ask @Tom and @Ada please' });
    expect(namesSomebody(event)).toBe(true);
  });

  it('takes milliseconds and microseconds for what they are', () => {
    expect(milliseconds('1609073151345')).toBe(1609073151345);
    expect(milliseconds('1603977298000000')).toBe(1603977298000);
    expect(milliseconds(undefined)).toBe(0);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['no body', { schema: '2.0', header: { event_type: 'im.message.receive_v1' } }],
    ['nulls', { header: { event_type: 'im.message.receive_v1' }, event: { sender: null, message: null } }],
    [
      'content that is no JSON',
      { header: { event_type: 'im.message.receive_v1' }, event: { message: { content: '{', message_type: 'post' } } },
    ],
    ['a press without a value', { header: { event_type: 'card.action.trigger' }, event: { action: {} } }],
  ])('is not upset by %s', (_, event) => {
    expect(inbound(event as LarkEvent, 'ou_bot')).toBeUndefined();
  });
});
