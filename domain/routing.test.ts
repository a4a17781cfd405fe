import fc from 'fast-check';
import { anyMatch, chooseRoute, conflictOf, isDefaultRoute, type Routed, type RouteMatch } from './routing';

const route = (name: string, order: number, match: Partial<RouteMatch> = {}): Routed => ({
  ...{ triggerId: `t-${name}`, expertId: name, order, match: { ...anyMatch, ...match } },
});
const said = (text: string, { by = 'ann', group }: { by?: string; group?: string } = {}) => ({
  text,
  sender: { id: by },
  address: { chatId: group ?? by, kind: group ? ('group' as const) : ('private' as const) },
});

const desk = [
  route('general', 0),
  route('finance', 100, { keywords: ['invoice', '发票'], commands: [] }),
  route('people', 100, { keywords: ['HR', 'holiday'] }),
  route('lab', 50, { groups: ['g-lab'] }),
  route('boss', 40, { people: ['eve'], keywords: ['secret'] }),
  route('law', 60, { commands: ['/law'] }),
];
const choose = (event: ReturnType<typeof said>, session?: string, routes = desk) => chooseRoute(routes, event, session)?.expertId;

describe('who answers', () => {
  it.each([
    ['what nobody else takes, the default route takes, whatever its order', said('Hello'), 'general'],
    ['a keyword, in any case', said('Where is the INVOICE?'), 'finance'],
    ['a keyword in Chinese, in the middle of words', said('请问发票怎么开'), 'finance'],
    ['a keyword as a whole word only', said('three invoices through'), 'general'],
    ['a short word beside punctuation', said('ask (hr)!'), 'people'],
    ['beside Chinese characters', said('找HR问问'), 'people'],
    ['of two keywords the one named first', said('holiday invoice'), 'people'],
    ['of two keywords the one named first, the other way round', said('invoice for the holiday'), 'finance'],
    ['a group', said('anything', { group: 'g-lab' }), 'lab'],
    ['by order, the group before the keyword', said('invoice', { group: 'g-lab' }), 'lab'],
    ['all conditions of a route together', said('a secret', { by: 'eve' }), 'boss'],
    ['all conditions, one of which does not fit', said('a secret'), 'general'],
    ['a command', said('/law may we?'), 'law'],
    ['a command with a full-width slash', said('／LAW may we?'), 'law'],
    ['a command is a whole word', said('/lawyer'), 'general'],
    ['what follows /new', said('/new invoice'), 'finance'],
    ['a command behind /new', said('/new /law may we?'), 'law'],
  ])('%s', (_, event, expert) => {
    expect(choose(event)).toBe(expert);
  });

  it('is nobody where nothing fits and there is no default route', () => {
    expect(choose(said('Hello'), undefined, desk.slice(1))).toBeUndefined();
  });

  it('goes on with the session, until another one is named', () => {
    expect(choose(said('And the next one?'), 'finance')).toBe('finance');
    expect(choose(said('Now a holiday'), 'finance')).toBe('people');
    expect(choose(said('/law may we?'), 'finance')).toBe('law');
    expect(choose(said('anything', { group: 'g-lab' }), 'general')).toBe('general');
  });

  it('is chosen anew where the expert of the session serves no more', () => {
    expect(choose(said('Hello'), 'gone')).toBe('general');
  });
});

describe('two routes', () => {
  it.each([
    ['that are both the default', route('a', 1), route('b', 2), 'twoDefaults'],
    [
      'with the same order and a keyword in common',
      route('a', 1, { keywords: ['X'] }),
      route('b', 1, { keywords: ['x', 'y'] }),
      'sameOrder',
    ],
    ['with the same order, a keyword and a group', route('a', 1, { keywords: ['x'] }), route('b', 1, { groups: ['g'] }), 'sameOrder'],
    ['with the same order, a group and a person', route('a', 1, { people: ['p'] }), route('b', 1, { groups: ['g'] }), 'sameOrder'],
    ['with the same order and a group in common', route('a', 1, { groups: ['f', 'g'] }), route('b', 1, { groups: ['g'] }), 'sameOrder'],
  ])('%s conflict', (_, a, b, conflict) => {
    expect([conflictOf(a, b), conflictOf(b, a)]).toEqual([conflict, conflict]);
  });

  it.each([
    ['one of which is the default', route('a', 1), route('b', 1, { keywords: ['x'] })],
    ['of different order', route('a', 1, { keywords: ['x'] }), route('b', 2, { keywords: ['x'] })],
    ['with different keywords', route('a', 1, { keywords: ['x'] }), route('b', 1, { keywords: ['y'] })],
    ['for different groups', route('a', 1, { groups: ['f'], keywords: ['x'] }), route('b', 1, { groups: ['g'], keywords: ['x'] })],
    ['for different people', route('a', 1, { people: ['p'] }), route('b', 1, { people: ['q'] })],
    ['with different commands', route('a', 1, { commands: ['/a'] }), route('b', 1, { commands: ['/b'] })],
  ])('%s stand beside each other', (_, a, b) => {
    expect([conflictOf(a, b), conflictOf(b, a)]).toEqual([undefined, undefined]);
  });
});

describe('whatever is published and said', () => {
  const some = (...values: string[]) => fc.subarray(values, { maxLength: 2 });
  const match = fc.record({
    keywords: some('tax', 'car', '税', 'ta'),
    commands: some('/a', '/b'),
    groups: some('g', 'h'),
    people: some('p', 'q'),
  });
  const routes = fc
    .array(fc.record({ expertId: fc.constantFrom('a', 'b', 'c'), order: fc.integer({ min: 0, max: 2 }), match }), { maxLength: 6 })
    .map((all) => all.map((one, n): Routed => ({ ...one, triggerId: `t${n}` })));
  const event = fc
    .record({
      text: fc.array(fc.constantFrom('tax', 'car', '税', '/a', '/b', 'taxi', ' '), { maxLength: 5 }),
      by: fc.constantFrom('p', 'q', 'r'),
      group: fc.constantFrom('g', 'h', undefined),
    })
    .map(({ text, by, group }) => said(text.join(' '), { by, ...(group && { group }) }));
  const session = fc.constantFrom('a', 'b', 'gone', undefined);

  it('the choice does not depend on the order in which routes are read', () => {
    fc.assert(
      fc.property(routes, event, session, fc.infiniteStream(fc.nat()), (all, one, open, random) => {
        const shuffled = all.map((value) => ({ value, key: random.next().value as number })).sort((a, b) => a.key - b.key);
        expect(
          chooseRoute(
            shuffled.map(({ value }) => value),
            one,
            open,
          ),
        ).toEqual(chooseRoute(all, one, open));
      }),
    );
  });

  it('somebody answers wherever there is a default route or an expert whose session is open', () => {
    fc.assert(
      fc.property(routes, event, session, (all, one, open) => {
        const chosen = chooseRoute(all, one, open);
        const must = all.some((each) => isDefaultRoute(each.match) || each.expertId === open);
        if (must) expect(chosen).toBeDefined();
        if (chosen) expect(all).toContain(chosen);
      }),
    );
  });

  it('without conflicts nothing is left to chance: other ids, the same experts', () => {
    fc.assert(
      fc.property(routes, event, (all, one) => {
        fc.pre(all.every((a, n) => all.slice(n + 1).every((b) => conflictOf(a, b) === undefined)));
        const renamed = all.map((each, n) => ({ ...each, triggerId: `t${all.length - n}`, place: n }));
        expect(chooseRoute(renamed, one)?.place).toBe(
          all.indexOf(chooseRoute(all, one)!) === -1 ? undefined : all.indexOf(chooseRoute(all, one)!),
        );
      }),
    );
  });
});
