import { both, nameOf, openLane, type Point, wholeAnswer, wholeAnswers } from './crash-lane';

/** Every write and every platform call on a message's way, before and after. The second of each pair has its messages counted by person. */
const POINTS: readonly Point[] = [
  ...(['before', 'after'] as const).flatMap((when): Point[] => [
    [`events.insert:${when}`, 1],
    [`policies.insert:${when}`, 1],
  ]),
  ...both('events.markDelivered'),
  ...both('turns.open'),
  ...both('turns.saveRef'),
  ...both('turns.saveRef', 2),
  ...both('turns.reachedBackend'),
  ...both('turns.touch'),
  ...both('turns.decide'),
  ...both('turns.finish'),
  ...[1, 2, 3, 4, 6].flatMap((nth) => both('platform.call', nth)),
];

/** What is said while others wait in its chat is read again before it is told. */
const BUSY_POINTS = both('events.undelivered');

/** Where another step closes what the platform did not take in time. */
const CLOSING_POINTS = both('turns.takeOver');

/** Every write on the way of a command that is answered by a notice. */
const NOTICE_POINTS = [...both('events.claim'), ...both('events.end')];

// Most of the time is waiting for what a crash costs: two worlds wait at the same time.
const inPairs = (points: readonly Point[]) =>
  Array.from({ length: Math.ceil(points.length / 2) }, (_, n) => points.slice(2 * n, 2 * n + 2)).map(
    (pair) => [pair.map(nameOf).join(' and '), pair] as const,
  );

describe('a process stopped dead on the way of a message', () => {
  let lanes: readonly Awaited<ReturnType<typeof openLane>>[] = [];

  beforeAll(async () => {
    lanes = [await openLane('lark'), await openLane('lark', { perPerson: { messages: 1000, seconds: 60 } })];
  }, 240_000);

  afterAll(async () => {
    for (const lane of lanes) await lane.stop();
  }, 60_000);

  it.each(inPairs(POINTS))(
    'at %s leaves one card with the whole answer',
    async (_, pair) => {
      const shown = await Promise.all(pair.map((point, lane) => lanes[lane]!.crashAt(point)));
      expect(shown).toEqual(pair.map(wholeAnswer));
    },
    150_000,
  );

  it.each(inPairs(BUSY_POINTS))(
    'at %s, while an earlier question is answered, leaves a whole answer to each, in order',
    async (_, pair) => {
      const shown = await Promise.all(pair.map((point, lane) => lanes[lane]!.crashInBusyChat(point)));
      expect(shown).toEqual(pair.map(wholeAnswers));
    },
    150_000,
  );

  it.each(inPairs(CLOSING_POINTS))(
    'at %s leaves one closed card, although the platform took no last frame before',
    async (_, pair) => {
      const shown = await Promise.all(pair.map((point, lane) => lanes[lane]!.crashAtClosing(point)));
      expect(shown).toEqual(pair.map(wholeAnswer));
    },
    150_000,
  );

  it.each(inPairs(NOTICE_POINTS))(
    'at %s leaves one notice',
    async (_, pair) => {
      const said = await Promise.all(pair.map((point, lane) => lanes[lane]!.crashAtNotice(point)));
      expect(said).toEqual(pair.map(() => [expect.stringContaining('/stop')]));
    },
    150_000,
  );
});
