import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readComplaint } from '../../domain/card';
import { eventType, inbound, pressedCardOf, readMediaRef, type WecomBody, withoutBot } from './inbound';

const folder = join(__dirname, 'samples');
const NOW = 1_700_000_000_000;
const samples = readdirSync(folder)
  .filter((file) => file.startsWith('socket-'))
  .map((file): [string, { reqId?: string; body: WecomBody; expected: unknown }] => [
    file.replace(/^socket-|\.json$/g, '').replaceAll('-', ' '),
    JSON.parse(readFileSync(join(folder, file), 'utf8')),
  ]);

describe("reading a bot's callbacks", () => {
  it.each(samples)('%s', (_, { reqId, body, expected }) => {
    expect(inbound(body, reqId, NOW) ?? null).toEqual(expected);
  });

  it.each([
    ['@RobotA hello robot', 'hello robot'],
    ['@RobotA /stop', '/stop'],
    ['/stop @RobotA', '/stop'],
    ['@机器人\u2005你好', '你好'],
    ['@RobotA ask @Ada please', 'ask @Ada please'],
    ['ask @Ada and @RobotA', 'ask @Ada and @RobotA'],
    ['write to ada@example.com @RobotA', 'write to ada@example.com'],
    ['no mention', 'no mention'],
    ['@RobotA', ''],
  ])('takes the bot out of "%s"', (said, expected) => {
    expect(withoutBot(said)).toBe(expected);
  });

  it.each<[unknown, string | undefined, ReturnType<typeof readComplaint>]>([
    [[1], 'about something else', { reason: 'wrong', comment: 'about something else' }],
    [[2], '', { reason: 'incomplete', comment: null }],
    [[3], 'no: 1998', { reason: 'wrong', comment: 'no: 1998' }],
    [[2, 4], 'half of it', { reason: 'wrong', comment: 'half of it' }],
    [['2'], undefined, { reason: 'incomplete', comment: null }],
    [[17], 'well', { reason: 'other', comment: 'well' }],
    [[], 'just words', { reason: 'other', comment: 'just words' }],
    [null, '', { reason: null, comment: null }],
  ])('a complaint for the reasons %j and the words %j reads as such', (reasons, content, expected) => {
    const details = { id: 'turn-1', type: 2, content, inaccurate_reason_list: reasons };
    const event = { eventtype: 'feedback_event', feedback_event: details };
    const body = { msgid: 'm', chattype: 'single', from: { userid: 'u' }, msgtype: 'event', event };
    expect(readComplaint(inbound(body)!.detail)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['nobody', { msgid: 'm', msgtype: 'text', text: { content: 'x' } }],
    ['a group without an id', { msgid: 'm', chattype: 'group', from: { userid: 'u' }, msgtype: 'text' }],
    ['an event without details', { msgid: 'm', chattype: 'single', from: { userid: 'u' }, msgtype: 'event' }],
    ['nulls', { msgid: 'm', from: null, msgtype: 'event', event: null }],
  ])('is not upset by %s', (_, body) => {
    expect(inbound(body as WecomBody)).toBeUndefined();
    expect(eventType(body as WecomBody)).toBe('');
    expect(pressedCardOf(body as WecomBody)).toBeUndefined();
  });

  it.each(['', '{', 'null', '{"aeskey":"x"}'])('finds nothing to fetch in "%s"', (ref) => {
    expect(readMediaRef(ref)).toBeUndefined();
  });
});
