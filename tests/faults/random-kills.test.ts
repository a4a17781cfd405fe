import { Client } from 'pg';
import { platforms } from './platforms';
import { pause, report } from './tally';
import { longAnswer, type PlatformWorld, seeded, startWorldOn, streamed, until } from './world';

// A third of the full load by default; FAULT_SCALE=3 runs all of it.
const SCALE = Number(process.env.FAULT_SCALE ?? 1);
/** Answers, kills, and how many of these hit a worker that streams. */
const LOADS = [
  ['lark', 34, 10, 3],
  ['dingtalk', 12, 4, 1],
  ['wecom', 12, 4, 1],
] as const;
const AT_ONCE = 4;
/** Of these, how many stream at each kill; and how long it goes on at full load. */
const STREAMING = 3;
const AT_LEAST_MS = SCALE >= 3 ? 5 * 60_000 : 0;
const LINES = 60;
const ANSWER_SECONDS = 6;
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

describe.each(LOADS)('kill -9 of random processes while answers stream on %s', (name, answers, kills, workerKills) => {
  const [wantedAnswers, wantedKills, wantedWorkerKills] = [answers, kills, workerKills].map((count) => Math.ceil(count * SCALE)) as [
    number,
    number,
    number,
  ];
  let world: PlatformWorld;

  beforeAll(async () => {
    const platform = await platforms[name]({ limits: false, redeliverMs: [2000, 5000, 10_000, 20_000] });
    world = await startWorldOn(platform, {
      script: (question) => streamed(longAnswer(question, LINES), ANSWER_SECONDS, 40),
      trigger: { gatherMs: 0 },
    });
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  it(
    `completes ${wantedAnswers} answers, each in one card with its whole text, through ${wantedKills} kills`,
    async () => {
      const random = seeded(SEED);
      report(`seed ${SEED}`);
      const { platform, stack } = world;
      /** Question by chat; each has a chat of its own. */
      const asked = new Map<string, string>();
      const isOpen = (chatId: string) => !platform.replies(chatId).some(({ ended }) => ended);
      const accepted = platform.redelivers ? undefined : await watchLedger(stack.stack.databaseUrl);
      const counted = async () => (accepted ? await accepted.among(asked) : [...asked.keys()]);
      const open = async () => (await counted()).filter(isOpen).length;

      let killing = true;
      const killed: string[] = [];
      const streamsAtKills: number[] = [];
      const streaming = () => [...asked.keys()].flatMap(platform.replies).filter(({ text, ended }) => !ended && text !== '').length;
      const began = Date.now();
      let streamingWorkerKills = 0;
      const killer = (async () => {
        while (killing) {
          await pause(4000 + random() * 6000);
          for (const until = Date.now() + 30_000; killing && streaming() < STREAMING && Date.now() < until; ) await pause(250);
          if (!killing) return;
          const names = ['worker', 'gateway', 'connections-1', 'connections-2'];
          const wantsWorker = streamingWorkerKills < wantedWorkerKills && random() < 0.5;
          const among = wantsWorker ? platform.writers : names;
          const victim = among[Math.floor(random() * among.length)]!;
          const streams = streaming();
          if (platform.writers.includes(victim) && streams > 0) streamingWorkerKills += 1;
          try {
            stack.killProcess(victim);
            killed.push(victim);
            streamsAtKills.push(streams);
          } catch {
            // It is just being started again.
          }
        }
      })();

      for (
        let n = 0;
        (await counted()).length < wantedAnswers ||
        killed.length < wantedKills ||
        streamingWorkerKills < wantedWorkerKills ||
        Date.now() - began < AT_LEAST_MS;
        n++
      ) {
        await until(async () => (await open()) < AT_ONCE && (platform.redelivers || platform.connections() > 0), 240_000, 'a free place');
        asked.set(`oc_${n % 12}_${n}`, `question ${n}`);
        platform.say(`oc_${n % 12}_${n}`, `question ${n}`);
        await pause(300);
      }
      killing = false;
      await killer;
      await until(async () => (await open()) === 0, 240_000, 'the last answers');

      const answered = await counted();
      const wrong = answered.flatMap((chatId) => {
        const replies = platform.replies(chatId);
        const whole = replies.length === 1 && replies[0]!.ended && replies[0]!.text === longAnswer(asked.get(chatId)!, LINES);
        return whole
          ? []
          : [{ chatId, replies: replies.map(({ text, ended }) => ({ ended, length: text.length, ends: text.slice(-120) })) }];
      });
      report(
        `${platform.name}: ${answered.length} answers, ${killed.length} kills (${killed.join(', ')}), ${streamingWorkerKills} of a streaming worker`,
      );
      expect(wrong).toEqual([]);
      expect(killed.length).toBeGreaterThanOrEqual(wantedKills);
      expect(streamingWorkerKills).toBeGreaterThanOrEqual(wantedWorkerKills);
      expect(Math.min(...streamsAtKills)).toBeGreaterThanOrEqual(STREAMING);
      // The last kill may have been the gateway's.
      const unended = () => world.call<{ items: unknown[] }>('GET', 'events?state=unended').catch(() => undefined);
      await until(async () => (await unended())?.items.length === 0, 30_000, 'the ledger to be settled');
      await accepted?.close();
    },
    (360 + 300 * SCALE) * 1000,
  );
});

/** A platform that delivers once: what was said counts when it was read, which is when the ledger has it. */
async function watchLedger(databaseUrl: string) {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  return {
    among: async (asked: ReadonlyMap<string, string>) => {
      const { rows } = await client.query<{ text: string }>("SELECT text FROM events WHERE kind = 'message'");
      const kept = new Set(rows.map(({ text }) => text));
      return [...asked].filter(([, text]) => kept.has(text)).map(([chatId]) => chatId);
    },
    close: () => client.end(),
  };
}
