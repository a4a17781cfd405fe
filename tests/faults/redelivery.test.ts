import { answeredOf, pause, perfect, report, sizeOf, tallyOf } from './tally';
import { longAnswer, seeded, startWorld, streamed, until, type World } from './world';

const CHATS = 6;
const IN_EACH = 4;
const MOST_COPIES = 5;
const SESSION_SECONDS = 3;
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

const whole = (question: string): string => longAnswer(question, 10);

describe('a platform that delivers everything again and again', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({
      lark: { limits: 'off' },
      script: (question) => streamed(whole(question), 1, 10),
      trigger: { gatherMs: 100, sessionTimeoutSeconds: SESSION_SECONDS, queueMax: 50 },
    });
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  it('gets each message answered once: at once, in the next session, and after worker and holder were killed', async () => {
    const { lark, stack, integrationId, call } = world;
    const random = seeded(SEED);
    report(`seed ${SEED}`);
    const said = new Map<string, string[]>();
    const events: Parameters<typeof lark.push>[0][] = [];
    let copies = 0;

    const say = (name: string, chat: number): void => {
      const chatId = `oc_${chat}`;
      const text = `${name} in ${chat}`;
      said.set(chatId, [...(said.get(chatId) ?? []), text]);
      const { event } = lark.events.message({ chatId, text });
      events.push(event);
      lark.push(event);
    };
    const sayEverywhere = async (name: string): Promise<void> => {
      for (let n = 0; n < IN_EACH; n++)
        for (let chat = 0; chat < CHATS; chat++) {
          say(`${name} ${n}`, chat);
          await pause(random() * 30);
        }
    };
    /** So many more copies of everything so far, in any order. */
    const again = async (most: number): Promise<void> => {
      const shuffled = events
        .flatMap((event) => Array.from({ length: Math.ceil(random() * most) }, () => event))
        .map((event) => ({ event, key: random() }))
        .sort((a, b) => a.key - b.key);
      for (const { event } of shuffled) {
        lark.push(event, { redeliver: false });
        copies += 1;
        if (random() < 0.2) await pause(random() * 20);
      }
    };
    const allAnswered = () => until(() => answeredOf(lark, said) === sizeOf(said), 60_000, 'all answers');
    const openSessions = async () =>
      (await call<{ items: unknown[] }>('GET', `conversations?integrationId=${integrationId}&state=open`)).items.length;
    const helps = Array.from({ length: CHATS }, (_, chat) => lark.events.message({ chatId: `oc_${chat}`, text: '/help' }).event);

    await Promise.all([sayEverywhere('first'), pause(300).then(() => again(2))]);
    for (const event of helps) lark.push(event);
    events.push(...helps);
    await again(1);
    await allAnswered();
    await until(async () => (await openSessions()) === 0, SESSION_SECONDS * 1000 + 10_000, 'the sessions to end');

    await again(1);
    const second = sayEverywhere('second');
    await pause(400);
    for (const name of ['worker', 'connections-1', 'connections-2']) stack.killProcess(name);
    await second;
    await until(() => lark.connections() > 0, 30_000, 'the bot to connect again');
    await again(1);
    await allAnswered();
    await again(MOST_COPIES - 4);
    await pause(2000);

    report(`${sizeOf(said)} messages and ${helps.length} commands, ${copies} more deliveries`);
    // Whoever delivers in any order is answered in any order.
    expect({ ...tallyOf(lark, said, whole), outOfOrder: [] }).toEqual(perfect);
    expect([...said.keys()].map((chatId) => lark.messages(chatId).filter(({ type }) => type === 'text').length)).toEqual(
      helps.map(() => 1),
    );
    expect(copies).toBeGreaterThan(2 * events.length);
    await until(
      async () => (await call<{ items: unknown[] }>('GET', 'events?state=unended')).items.length === 0,
      30_000,
      'the ledger to be settled',
    );
  }, 180_000);
});
