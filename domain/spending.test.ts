import { isCounted, levelOf, periodOf, resetText, type SpendingLimit } from './spending';

const limit: SpendingLimit = {
  ...{ id: 'l', name: 'l', measure: 'tokens', amount: 100, period: 'month', timeZone: 'UTC', action: 'refuse', enabled: true },
  ...{ expertId: null, integrationId: null, department: null, personId: null, eachPerson: false },
};

test.each([
  ['day', 'UTC', '2026-11-21T23:59:59.999Z', '2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
  ['day', 'UTC', '2026-11-22T00:00:00.000Z', '2026-11-22T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
  ['day', 'Asia/Shanghai', '2026-11-21T16:00:00.000Z', '2026-11-21T16:00:00.000Z', '2026-11-22T16:00:00.000Z'],
  ['month', 'Asia/Shanghai', '2026-11-30T15:59:59.999Z', '2026-10-31T16:00:00.000Z', '2026-11-30T16:00:00.000Z'],
  ['month', 'Asia/Shanghai', '2026-12-31T16:00:00.000Z', '2026-12-31T16:00:00.000Z', '2027-01-31T16:00:00.000Z'],
  ['month', 'Asia/Kathmandu', '2028-02-29T12:00:00.000Z', '2028-01-31T18:15:00.000Z', '2028-02-29T18:15:00.000Z'],
  // Clocks are changed within the day, and within the month.
  ['day', 'Europe/Berlin', '2026-03-29T12:00:00.000Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
  ['day', 'Europe/Berlin', '2026-10-25T12:00:00.000Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
  ['month', 'America/New_York', '2026-11-15T00:00:00.000Z', '2026-11-01T04:00:00.000Z', '2026-12-01T05:00:00.000Z'],
  // Days without a midnight, with two, and one that begins an hour late.
  ['day', 'Asia/Beirut', '2026-03-29T12:00:00.000Z', '2026-03-28T22:00:00.000Z', '2026-03-29T21:00:00.000Z'],
  ['day', 'America/Havana', '2026-11-01T12:00:00.000Z', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
  ['day', 'America/Sao_Paulo', '2018-02-18T12:00:00.000Z', '2018-02-18T03:00:00.000Z', '2018-02-19T03:00:00.000Z'],
  ['day', 'Mars/Phobos', '2026-11-21T12:00:00.000Z', '2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
] as const)('the %s in %s of %s goes from %s to %s', (period, timeZone, at, from, to) => {
  const found = periodOf({ period, timeZone }, new Date(at));
  expect([found.from.toISOString(), found.to.toISOString()]).toEqual([from, to]);
});

test.each([
  [0, 0],
  [79, 0],
  [80, 80],
  [99, 80],
  [100, 100],
  [5000, 100],
])('%i of 100 is level %i', (used, level) => {
  expect(levelOf(used, 100)).toBe(level);
});

test.each<[string, Partial<SpendingLimit>, boolean]>([
  ['of everybody', {}, true],
  ['of this identity', { personId: 'ann at Lark' }, true],
  ['of this user, whatever the platform', { personId: 'ann' }, true],
  ['of somebody else', { personId: 'bob' }, false],
  ['of the department', { department: 'Sales' }, true],
  ['of another department', { department: 'Law' }, false],
  ['of this user in another department', { personId: 'ann', department: 'Law' }, false],
])('a limit %s', (_, fields, fits) => {
  expect(isCounted({ ...limit, ...fields }, { personId: 'ann at Lark', userId: 'ann', department: 'Sales' })).toBe(fits);
});

test('people without a department are in none', () => {
  expect(isCounted({ ...limit, department: 'Sales' }, { personId: 'p', userId: 'p' })).toBe(false);
});

test('when it opens again is told by the clock of the place', () => {
  const period = periodOf({ period: 'month', timeZone: 'Asia/Shanghai' }, new Date('2026-11-21T12:00:00Z'));
  expect(resetText(period, 'Asia/Shanghai')).toBe('2026-12-01 00:00 (Asia/Shanghai)');
});
