import { longAnswer, seeded, startWorld, streamed, until, type World } from './world';

// A third of the full load by default; FAULT_SCALE=3 runs all of it.
const SCALE = Number(process.env.FAULT_SCALE ?? 1);
const ANSWERS = Math.ceil(34 * SCALE);
const KILLS = 10 * SCALE;
const WORKER_KILLS = Math.ceil(3 * SCALE);
const AT_ONCE = 4;
const LINES = 60;
const ANSWER_SECONDS = 6;
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

describe('kill -9 of random processes while answers stream', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({
      lark: { limits: 'off', redeliverMs: [2000, 5000, 10_000, 20_000] },
      script: (question) => streamed(longAnswer(question, LINES), ANSWER_SECONDS, 40),
      trigger: { gatherMs: 0 },
    });
  }, 180_000);

  afterAll(async () => {
    await world.stop();
  }, 60_000);

  it(
    `completes ${ANSWERS} answers, each in one card with its whole text, through ${KILLS} kills`,
    async () => {
      const random = seeded(SEED);
      process.stdout.write(`seed ${SEED}\n`);
      const { lark, stack } = world;
      const asked = new Map<string, string>();
      const reply = (messageId: string) => lark.cards().filter(({ replyTo }) => replyTo === messageId);
      const open = () => [...asked.keys()].filter((id) => !reply(id).some(({ closed }) => closed)).length;

      let killing = true;
      const kills: string[] = [];
      let streamingWorkerKills = 0;
      const killer = (async () => {
        while (killing) {
          await new Promise((resolve) => setTimeout(resolve, 4000 + random() * 6000));
          if (!killing) return;
          const names = ['worker', 'gateway', 'connections-1', 'connections-2'];
          const wantsWorker = streamingWorkerKills < WORKER_KILLS && random() < 0.5;
          const name = wantsWorker ? 'worker' : names[Math.floor(random() * names.length)]!;
          const streaming = lark.cards().filter((card) => card.streaming && card.text !== '').length;
          if (name === 'worker' && streaming > 0) streamingWorkerKills += 1;
          try {
            stack.killProcess(name);
            kills.push(name);
          } catch {
            // It is just being started again.
          }
        }
      })();

      for (let n = 0; asked.size < ANSWERS || kills.length < KILLS || streamingWorkerKills < WORKER_KILLS; n++) {
        await until(() => open() < AT_ONCE, 240_000, 'a free place');
        const text = `question ${n}`;
        asked.set(lark.say({ chatId: `oc_${n % 12}_${n}`, text, senderId: 'ou_ann' }), text);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      killing = false;
      await killer;
      await until(() => open() === 0, 240_000, 'the last answers');

      const wrong = [...asked].flatMap(([messageId, text]) => {
        const cards = reply(messageId);
        const whole = cards.length === 1 && cards[0]!.closed && cards[0]!.text === longAnswer(text, LINES);
        return whole
          ? []
          : [{ text, cards: cards.length, closed: cards.map(({ closed }) => closed), length: cards.map((card) => card.text.length) }];
      });
      process.stdout.write(
        `${asked.size} answers, ${kills.length} kills (${kills.join(', ')}), ${streamingWorkerKills} of a streaming worker\n`,
      );
      expect(wrong).toEqual([]);
      expect(lark.cards().length).toBe(asked.size);
      expect(kills.length).toBeGreaterThanOrEqual(KILLS);
      expect(streamingWorkerKills).toBeGreaterThanOrEqual(WORKER_KILLS);
      await until(
        async () => (await world.call<{ items: unknown[] }>('GET', 'events?state=unended')).items.length === 0,
        30_000,
        'the ledger to be settled',
      );
    },
    (360 + 300 * SCALE) * 1000,
  );
});
