import { both, nameOf, openLane, type Point, wholeAnswer } from './crash-lane';

/**
 * Every write about a reply and the platform's calls on the way of an answer. What comes before is the same on every platform, and calls here are
 * leased several at a time.
 */
const POINTS: readonly Point[] = [
  ...both('turns.open'),
  ...both('turns.saveRef'),
  ...both('turns.reachedBackend'),
  ...both('turns.touch'),
  ...both('turns.decide'),
  ...both('turns.finish'),
  ...both('platform.call'),
  ...[2, 3].map((nth): Point => ['platform.call:after', nth]),
];
const NAMES = ['dingtalk', 'wecom'] as const;

describe('a process stopped dead on the way of an answer on DingTalk and WeCom', () => {
  let lanes: readonly Awaited<ReturnType<typeof openLane>>[] = [];

  beforeAll(async () => {
    lanes = [await openLane('dingtalk'), await openLane('wecom')];
  }, 240_000);

  afterAll(async () => {
    for (const lane of lanes) await lane.stop();
  }, 60_000);

  it.each(POINTS.map((point) => [nameOf(point), point] as const))(
    'at %s leaves one reply with the whole answer on each',
    async (_, point) => {
      const shown = await Promise.all(NAMES.map(async (name, lane) => [name, await lanes[lane]!.crashAt(point)]));
      expect(shown).toEqual(NAMES.map((name) => [name, wholeAnswer(point)]));
    },
    150_000,
  );

  it.each(both('turns.takeOver').map((point) => [nameOf(point), point] as const))(
    'at %s leaves one closed reply on each, although the platform took no last frame before',
    async (_, point) => {
      const shown = await Promise.all(NAMES.map(async (name, lane) => [name, await lanes[lane]!.crashAtClosing(point)]));
      expect(shown).toEqual(NAMES.map((name) => [name, wholeAnswer(point)]));
    },
    150_000,
  );
});
