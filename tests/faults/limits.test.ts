import { type Platform, platforms, type Shown } from './platforms';
import { pause, report } from './tally';
import { longAnswer, type PlatformsWorld, startWorldOf, streamed, until } from './world';

const LINE_BYTES = 22;
const CHAT = 'chat_1';
/** DingTalk's address for answers is used only as long as it still lives for 10 s: here no longer in the middle of the answer. */
const ADDRESS_MS = 12_000;

/** What the expert says, by how the question says it wants it: so many kilobytes in so many seconds. */
function whole(question: string): string {
  const [, kilobytes] = /^(\d+) KB/.exec(question) ?? [];
  if (question.startsWith('tables')) return `${question}\n${Array.from({ length: 8 }, (_, n) => table(n)).join('\n')}`;
  return longAnswer(question, Math.ceil((Number(kilobytes) * 1000) / LINE_BYTES));
}
const table = (n: number): string => `| a | b |\n|---|---|\n| ${n} | row |\n`;

/** Platforms, each with a limit that its question crosses. */
const CROSSED = {
  'the end of WeCom’s stream': ['2 KB in 7 s', () => platforms.wecom({ limits: false, streamMs: 3000 })],
  'WeCom’s 20,480 bytes': ['60 KB in 5 s', () => platforms.wecom({ limits: true })],
  'a dead request of WeCom’s': ['30 KB in 8 s', () => platforms.wecom({ limits: false })],
  'what a DingTalk card holds, and tokens that expire': ['40 KB in 6 s', () => platforms.dingtalk({ limits: true })],
  'DingTalk without cards, its address expired': ['40 KB in 5 s', () => platforms.dingtalk({ limits: true, withoutCardsMs: ADDRESS_MS })],
  'what a Lark card holds, and tokens that expire': ['60 KB in 6 s', () => platforms.lark({ limits: true })],
  'Lark’s tables': ['tables in 3 s', () => platforms.lark({ limits: true })],
  'what a stream of a called WeCom bot holds': ['35 KB in 4 s', () => platforms['wecom bot']()],
  'what a message of a WeCom application holds, and tokens that expire': ['10 KB in 4 s', () => platforms['wecom app']()],
} as const satisfies Readonly<Record<string, readonly [string, () => Promise<Platform>]>>;

describe('limits of the platforms, crossed without losing a character', () => {
  const names = Object.keys(CROSSED) as (keyof typeof CROSSED)[];
  let world: PlatformsWorld;
  const at = (name: keyof typeof CROSSED): Platform => world.bots[names.indexOf(name)]!.platform;
  const replies = (name: keyof typeof CROSSED): readonly Shown[] => at(name).replies(CHAT);

  beforeAll(async () => {
    world = await startWorldOf(await Promise.all(names.map((name) => CROSSED[name][1]())), {
      script: (question) => streamed(whole(question), Number(/in (\d+) s$/.exec(question)![1]), 60),
      trigger: { gatherMs: 0 },
    });
    // They answer together; each is looked at by itself.
    for (const name of names) at(name).say(CHAT, CROSSED[name][0]);
    for (let n = 0; n < 3; n++) {
      await pause(1500);
      for (const { platform } of world.bots) platform.expireTokens?.();
    }
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  /** Exactly one answer, with every character. */
  async function answered(name: keyof typeof CROSSED): Promise<void> {
    await until(() => replies(name).some(({ ended }) => ended), 60_000, 'the answer');
    const [question] = CROSSED[name];
    const shown = replies(name);
    report(`${name}: ${Buffer.byteLength(shown[0]!.text)} bytes of ${Buffer.byteLength(whole(question))}`);
    expect(shown.map(({ ended }) => ended)).toEqual([true]);
    expect(shown[0]!.text === whole(question)).toBe(true);
    expect(at(name).violations()).toBe(0);
  }

  it.each(names.filter((name) => !name.startsWith('DingTalk without') && !name.startsWith('a dead')))('%s', answered, 90_000);

  it('DingTalk without cards, its address expired: the answer comes in numbered messages of the robot', async () => {
    const name = 'DingTalk without cards, its address expired';
    const text = () =>
      at(name)
        .notices(CHAT)
        .map((message) => message.replace(/\n\n\(\d+\/\d+\)$/, ''))
        .join('');
    await until(() => text().length >= whole(CROSSED[name][0]).length, 60_000, 'the answer');
    report(`${name}: ${at(name).notices(CHAT).length} messages`);
    const answer = whole(CROSSED[name][0]);
    expect(text().slice(0, answer.length) === answer).toBe(true);
    // What follows is the footer.
    expect(text().slice(answer.length)).toMatch(/^\n\nAI[^\n]*$/);
    expect(new Set(at(name).ways!(CHAT))).toEqual(new Set(['robot']));
    expect(at(name).addressed!()).toEqual([]);
    expect(at(name).violations()).toBe(0);
  }, 90_000);

  it('a dead request of WeCom’s: the holder of the connection was killed in the middle of the answer', async () => {
    const name = 'a dead request of WeCom’s';
    const { platform, integrationId } = world.bots[names.indexOf(name)]!;
    const question = CROSSED[name][0];
    const chat = 'chat_2';
    platform.say(chat, question);
    await until(() => (platform.replies(chat)[0]?.text.length ?? 0) > 1000, 20_000, 'the answer to stream');
    const { owner } = await world.call<{ owner: string }>('GET', `integrations/${integrationId}/status`);
    world.stack.killProcess(owner);
    await until(() => platform.replies(chat).some(({ ended }) => ended), 60_000, 'the answer');
    expect(platform.replies(chat).map(({ ended }) => ended)).toEqual([true]);
    expect(platform.replies(chat)[0]!.text === whole(question)).toBe(true);
    await answered(name);
  }, 120_000);
});
