import { type Platform, platforms } from './platforms';
import { figures, pause, report } from './tally';
import { longAnswer, startWorld, streamed, until, type World } from './world';

const SAMPLES = 10;
const STOPS_WITHIN_MS = 1000;
const SESSION_SECONDS = 12;
const GATHER_MS = 6000;
/** What the death of a worker may add to a timer: its successor has to start, and Temporal to learn that the old one is gone. */
const ON_TIME_MS = 6000;
const PATIENT_APP = 'cli_00000000000000aa';

const isLong = (question: string): boolean => question.startsWith('long');
const whole = (question: string): string => longAnswer(question, isLong(question) ? 200 : 5);

describe('stopping, renewing and the clock', () => {
  let world: World;
  let patientBot: string;
  let others: readonly Platform[] = [];

  beforeAll(async () => {
    world = await startWorld({
      lark: { limits: 'off', apps: { [PATIENT_APP]: 'secret' } },
      script: (question) => streamed(whole(question), isLong(question) ? 60 : 0.2, isLong(question) ? 300 : 3),
      trigger: { gatherMs: 0, queueMax: 50 },
    });
    patientBot = await world.addBot({
      config: { appId: PATIENT_APP, appSecret: 'secret', domain: world.lark.url },
      trigger: { gatherMs: GATHER_MS, gatherMaxMs: GATHER_MS, sessionTimeoutSeconds: SESSION_SECONDS },
    });
    others = await Promise.all([platforms.dingtalk({ limits: false }), platforms.wecom({ limits: false })]);
    for (const { channel, mode, config } of others) await world.addBot({ channel, mode, config, trigger: { gatherMs: 0 } });
    await until(() => world.lark.connections() > 1 && others.every(({ connections }) => connections() > 0), 20_000, 'the bots to connect');
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
    for (const { close } of others) await close();
  }, 60_000);

  const cardOf = (messageId: string) => world.lark.cards().find(({ replyTo }) => replyTo === messageId);
  const cardsIn = (chatId: string) => world.lark.cards(chatId);
  const streams = (messageId: string): boolean => (cardOf(messageId)?.text.length ?? 0) > 30;
  const sessionIn = async (chatId: string, integrationId = world.integrationId, state = 'open') =>
    (await world.call<{ items: Session[] }>('GET', `conversations?integrationId=${integrationId}&chat=${chatId}&state=${state}`)).items[0];
  interface Session {
    readonly id: string;
    readonly startedAt: string;
    readonly endedAt: string | null;
    readonly endReason: string | null;
  }

  const ways: readonly (readonly [string, (chatId: string, card: string) => Promise<void>])[] = [
    ['the API', async (chatId) => void (await world.call('POST', `conversations/${(await sessionIn(chatId))!.id}/stop`))],
    ['the message /stop', async (chatId) => void world.lark.say({ chatId, text: '/stop' })],
    ['the button', async (_, messageId) => void world.lark.press({ messageId })],
  ];

  it.each(ways)(
    '%s stops an answer within a second, however many others stream',
    async (way, stop) => {
      const { lark } = world;
      const chats = Array.from({ length: SAMPLES }, (_, n) => `oc_${way}_${n}`);
      const ids = chats.map((chatId, n) => lark.say({ chatId, text: `long ${way} ${n}` }));
      await until(() => ids.every(streams), 30_000, 'the answers to stream');
      const took: number[] = [];
      for (const [n, id] of ids.entries()) {
        const card = cardOf(id)!;
        const calledAt = Date.now();
        await stop(chats[n]!, card.messageId);
        await until(() => cardOf(id)!.closed, 10_000, 'the card to close');
        took.push(cardOf(id)!.frames.at(-1)!.at - calledAt);
      }
      const { p50, max } = figures(took);
      report(`${way}: stopped after ${took.join(', ')} ms (p50 ${p50}, max ${max})`);
      await pause(500);
      for (const id of ids) {
        const { text, status, frames } = cardOf(id)!;
        expect(status).toContain('Stopped');
        expect(text.length).toBeGreaterThan(30);
        expect(frames.at(-1)!.at).toBeLessThan(Date.now() - 300);
      }
      expect(max).toBeLessThanOrEqual(STOPS_WITHIN_MS);
    },
    120_000,
  );

  it('/stop does so on DingTalk and WeCom', async () => {
    for (const { name, say, replies } of others) {
      const chats = Array.from({ length: SAMPLES }, (_, n) => `stopped-${n}`);
      const replyIn = (chatId: string) => replies(chatId)[0];
      for (const chatId of chats) say(chatId, `long in ${chatId}`);
      await until(() => chats.every((chatId) => (replyIn(chatId)?.text.length ?? 0) > 30), 30_000, `the answers on ${name} to stream`);
      const took: number[] = [];
      for (const chatId of chats) {
        const saidAt = Date.now();
        say(chatId, '/stop');
        await until(() => replyIn(chatId)!.ended, 10_000, `the reply on ${name} to end`);
        took.push(Date.now() - saidAt);
      }
      const { p50, max } = figures(took);
      report(`/stop on ${name}: stopped after ${took.join(', ')} ms (p50 ${p50}, max ${max})`);
      const shown = chats.map((chatId) => replyIn(chatId)!.text);
      await pause(500);
      expect(chats.map((chatId) => replyIn(chatId)!.text)).toEqual(shown);
      expect(shown.filter((text) => text.includes('200. line'))).toEqual([]);
      expect(max).toBeLessThanOrEqual(STOPS_WITHIN_MS);
    }
  }, 120_000);

  it('a late /stop harms no later turn, a late or repeated /new no later session', async () => {
    const { lark } = world;
    const chatId = 'oc_late';
    const first = lark.say({ chatId, text: 'long first' });
    await until(() => streams(first), 20_000, 'the first answer');
    const { event: stopEvent } = lark.events.message({ chatId, text: '/stop' });
    lark.push(stopEvent);
    await until(() => cardOf(first)!.closed, 10_000, 'the first to stop');
    const { event: newEvent } = lark.events.message({ chatId, text: '/new' });
    lark.push(newEvent);
    await until(async () => (await sessionIn(chatId)) === undefined, 10_000, 'the session to end');
    const lateAt = Date.now();
    await pause(20);
    const second = lark.say({ chatId, text: 'long second' });
    await until(() => streams(second), 20_000, 'the second answer');
    const session = (await sessionIn(chatId))!.id;

    // The same again, then others that were sent before the second question.
    for (let n = 0; n < 3; n++) for (const event of [stopEvent, newEvent]) lark.push(event, { redeliver: false });
    for (const text of ['/stop', '/new']) lark.say({ chatId, text, createTime: lateAt });
    await pause(2000);
    expect(cardOf(second)!.closed).toBe(false);
    expect((await sessionIn(chatId))!.id).toBe(session);
    const notices = lark.messages(chatId).filter(({ type }) => type === 'text');
    expect(notices.map(({ text }) => text).sort()).toEqual(
      [
        'A new conversation begins; what was said before no longer counts.',
        'A new conversation begins; what was said before no longer counts.',
        'Stopped.',
        'There is nothing to stop.',
      ].sort(),
    );
    lark.say({ chatId, text: '/stop' });
    await until(() => cardOf(second)!.closed, 10_000, 'the second to stop');
  }, 90_000);

  it('/new with messages waiting and others on their heels loses none', async () => {
    const { lark, call } = world;
    const chats = ['oc_new_0', 'oc_new_1', 'oc_new_2'];
    const running = chats.map((chatId) => lark.say({ chatId, text: `long in ${chatId}` }));
    await until(() => running.every(streams), 30_000, 'the answers to stream');
    const waiting = chats.flatMap((chatId) => [1, 2, 3].map((n) => lark.say({ chatId, text: `waiting ${n}` })));
    await until(() => chats.every((chatId) => cardsIn(chatId).length === 2), 10_000, 'the queued cards');
    const asked = chats.map((chatId) => lark.say({ chatId, text: '/new next question' }));
    const after = chats.map((chatId) => lark.say({ chatId, text: 'and another one' }));
    await until(
      () => chats.every((chatId) => cardsIn(chatId).length >= 3 && cardsIn(chatId).every(({ closed }) => closed)),
      30_000,
      'all ends',
    );
    await until(
      async () => (await call<{ items: unknown[] }>('GET', 'events?state=unended')).items.length === 0,
      20_000,
      'the ledger to settle',
    );

    for (const [n, chatId] of chats.entries()) {
      const cards = cardsIn(chatId);
      expect(cardOf(running[n]!)!.status).toContain('Stopped');
      expect(cards.filter(({ status }) => status.includes('Stopped')).length).toBe(2);
      const answers = cards.filter(({ status }) => status === '').map(({ text }) => text);
      const joined = answers.map((text) => text.split('\n1. line')[0]).join('\n');
      expect(joined).toBe('next question\nand another one');
      expect(cards.every(({ replyTo }) => [running[n], ...waiting, asked[n], after[n]].includes(replyTo))).toBe(true);
    }
  }, 120_000);

  it('gathering and the session’s time-out are on time although the worker is killed meanwhile', async () => {
    const { lark, ai, stack } = world;
    const chatId = 'oc_patient';
    const said = lark.say({ chatId, text: 'patience', appId: PATIENT_APP });
    const saidAt = Date.now();
    await pause(500);
    stack.killProcess('worker');
    await until(() => cardOf(said)?.closed === true, 30_000, 'the answer');
    const asked = ai.requests.find(({ question }) => question === 'patience')!;
    const gathered = asked.startedAt - saidAt;

    const answeredAt = cardOf(said)!.frames.at(-1)!.at;
    await pause(1000);
    stack.killProcess('worker');
    await until(
      async () => (await sessionIn(chatId, patientBot, 'ended')) !== undefined,
      (SESSION_SECONDS + 15) * 1000,
      'the session to end',
    );
    const ended = (await sessionIn(chatId, patientBot, 'ended'))!;
    const lasted = new Date(ended.endedAt!).getTime() - answeredAt;
    report(`gathered for ${gathered} ms (told: ${GATHER_MS}), ended ${lasted} ms after the answer (told: ${SESSION_SECONDS * 1000})`);
    expect(ended.endReason).toBe('timeout');
    expect(gathered).toBeGreaterThanOrEqual(GATHER_MS - 100);
    expect(gathered).toBeLessThanOrEqual(GATHER_MS + ON_TIME_MS);
    expect(lasted).toBeGreaterThanOrEqual(SESSION_SECONDS * 1000 - 100);
    expect(lasted).toBeLessThanOrEqual(SESSION_SECONDS * 1000 + ON_TIME_MS);
  }, 120_000);
});
