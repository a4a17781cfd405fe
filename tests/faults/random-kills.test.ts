import { Client } from 'pg';
import { type Platform, platforms } from './platforms';
import { pause, report } from './tally';
import { longAnswer, type PlatformsWorld, seeded, startWorldOf, streamed, until } from './world';

// A third of the full load by default; FAULT_SCALE=3 runs all of it.
const SCALE = Number(process.env.FAULT_SCALE ?? 1);
/** Answers on each platform, and how many of the kills hit a process that writes one of them. */
const LOADS = [
  ['lark', 34, 3],
  ['dingtalk', 20, 2],
  ['wecom', 20, 2],
] as const;
const KILLS = 10;
/** Answers that are open on each platform, and how many must be seen to grow on one when a process is killed. */
const AT_ONCE = 4;
const STREAMING = 3;
/** How long it goes on at full load. */
const AT_LEAST_MS = SCALE >= 3 ? 5 * 60_000 : 0;
const LINES = 60;
const ANSWER_SECONDS = 6;
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const VICTIMS = ['worker', 'gateway', 'connections-1', 'connections-2'];

const scaled = (count: number): number => Math.ceil(count * SCALE);

describe('kill -9 of random processes while answers stream on Lark, DingTalk and WeCom', () => {
  let world: PlatformsWorld;

  beforeAll(async () => {
    const started = LOADS.map(([name]) => platforms[name]({ limits: false, redeliverMs: [2000, 5000, 10_000, 20_000] }));
    world = await startWorldOf(await Promise.all(started), {
      script: (question) => streamed(longAnswer(question, LINES), ANSWER_SECONDS, 40),
      trigger: { gatherMs: 0 },
    });
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  it(
    `completes ${LOADS.map(([, answers]) => scaled(answers)).join(', ')} answers, each in one card with its whole text, through ${scaled(KILLS)} kills`,
    async () => {
      report(`seed ${SEED}`);
      const { bots, stack } = world;
      const ledger = await readLedger(stack.stack.databaseUrl);
      const crowds = bots.map(({ platform }, n) => createCrowd(platform, ledger.texts, scaled(LOADS[n]![1]), scaled(LOADS[n]![2])));
      const killer = createKiller(crowds, stack.killProcess, seeded(SEED));
      const began = Date.now();
      const killing = killer.run();
      const isOver = () => killer.killed.length >= scaled(KILLS) && crowds.every(({ hit }) => hit()) && Date.now() - began >= AT_LEAST_MS;
      await Promise.all(crowds.map((crowd) => crowd.talk(isOver)));
      killer.stop();
      await killing;

      for (const { platform, settle, answered, wrong, hits } of crowds) {
        await settle();
        report(`${platform.name}: ${(await answered()).length} answers, ${hits()} kills of a process that writes them`);
        expect([platform.name, await wrong()]).toEqual([platform.name, []]);
      }
      report(`${killer.killed.length} kills (${killer.killed.join(', ')})`);
      // The last kill may have been the gateway's.
      const unended = () => world.call<{ items: unknown[] }>('GET', 'events?state=unended').catch(() => undefined);
      await until(async () => (await unended())?.items.length === 0, 30_000, 'the ledger to be settled');
      await ledger.close();
    },
    (360 + 300 * SCALE) * 1000,
  );
});

interface Crowd {
  readonly platform: Platform;
  /** Goes on asking until there are enough answers and `isOver` says so. */
  talk(isOver: () => boolean): Promise<void>;
  /** Answers that are seen to grow. */
  streaming(): number;
  /** A process that writes its answers was killed. */
  struck(): void;
  hits(): number;
  /** Whether that was often enough. */
  hit(): boolean;
  /** Waits for the last answers. */
  settle(): Promise<void>;
  /** The chats in which there must be an answer. */
  answered(): Promise<readonly string[]>;
  wrong(): Promise<readonly unknown[]>;
}

/** People who ask, each in a chat of his own, and are answered on one platform. */
function createCrowd(platform: Platform, kept: () => Promise<ReadonlySet<string>>, wanted: number, wantedHits: number): Crowd {
  const asked = new Map<string, string>();
  let hits = 0;
  const isOpen = (chatId: string) => !platform.replies(chatId).some(({ ended }) => ended);
  // Where a platform delivers once, what was said counts when it was read, which is when the ledger has it.
  const answered = async () => {
    if (platform.redelivers) return [...asked.keys()];
    const texts = await kept();
    return [...asked].flatMap(([chatId, text]) => (texts.has(text) ? [chatId] : []));
  };
  const open = async () => (await answered()).filter(isOpen).length;
  return {
    platform,
    answered,
    async talk(isOver) {
      for (let n = 0; (await answered()).length < wanted || !isOver(); n++) {
        await until(async () => (await open()) < AT_ONCE && (platform.redelivers || platform.connections() > 0), 240_000, 'a free place');
        asked.set(`oc_${n}`, `question ${n} on ${platform.name}`);
        platform.say(`oc_${n}`, `question ${n} on ${platform.name}`);
        await pause(300);
      }
    },
    streaming: () => [...asked.keys()].flatMap(platform.replies).filter(({ text, ended }) => !ended && text !== '').length,
    struck: () => void hits++,
    hits: () => hits,
    hit: () => hits >= wantedHits,
    settle: () => until(async () => (await open()) === 0, 240_000, `the last answers on ${platform.name}`),
    wrong: async () =>
      (await answered()).flatMap((chatId) => {
        const replies = platform.replies(chatId);
        if (replies.length === 1 && replies[0]!.ended && replies[0]!.text === longAnswer(asked.get(chatId)!, LINES)) return [];
        return [{ chatId, replies: replies.map(({ text, ended }) => ({ ended, length: text.length, ends: text.slice(-120) })) }];
      }),
  };
}

/** Kills a process every few seconds, while answers stream; more often one that writes, as long as too few of these were hit. */
function createKiller(crowds: readonly Crowd[], kill: (name: string) => void, random: () => number) {
  const killed: string[] = [];
  let killing = true;
  const streams = () => crowds.some(({ streaming }) => streaming() >= STREAMING);
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  return {
    killed,
    stop: () => {
      killing = false;
    },
    async run() {
      while (killing) {
        await pause(4000 + random() * 6000);
        while (killing && !streams()) await pause(250);
        if (!killing) return;
        const spared = crowds.filter(({ hit, streaming }) => !hit() && streaming() > 0);
        const victim = oneOf(spared.length > 0 && random() < 0.5 ? oneOf(spared).platform.writers : VICTIMS);
        const writing = crowds.filter(({ platform, streaming }) => platform.writers.includes(victim) && streaming() > 0);
        try {
          kill(victim);
          killed.push(victim);
          for (const { struck } of writing) struck();
        } catch {
          // It is just being started again.
        }
      }
    },
  };
}

async function readLedger(databaseUrl: string) {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  return {
    texts: async (): Promise<ReadonlySet<string>> => {
      const { rows } = await client.query<{ text: string }>("SELECT text FROM events WHERE kind = 'message'");
      return new Set(rows.map(({ text }) => text));
    },
    close: () => client.end(),
  };
}
