import type { InboundEvent } from '../domain/event';
import { weekdays } from '../domain/quiet-hours';
import { completeTrigger, type TriggerSettings } from '../domain/trigger';
import type { Store } from '../store';
import { createDesk, createWorld, type Desk, said, type World } from '../tests/support/world';
import { decide } from './decide';

let world: World;
let other: Store;

beforeAll(async () => {
  world = await createWorld();
  other = world.another();
}, 60_000);
afterAll(() => world?.close());

const deskWith = (settings: Partial<TriggerSettings>): Promise<Desk> => createDesk(world, { settings });
const inGroup = (text: string, more: Partial<InboundEvent> & { readonly by?: string } = {}): InboundEvent =>
  said(text, { address: { chatId: 'g1', kind: 'group' }, forBot: false, ...more });

/** What dispatch does with an event, as far as the ledger goes. Resolves with the decision and the notice or end of a fresh event. */
async function take({ integration }: Desk, event: InboundEvent, store = world.store, now = Date.now()): Promise<string> {
  const { decided, weigh } = await decide(store, (await store.events.route(integration.id))!, event, now);
  const { toast: _, ...plain } = decided;
  const written = weigh ? await store.policies.insert(plain.route, weigh) : { event: plain, accepted: await store.events.insert(plain) };
  if (!written.accepted) return 'known';
  const { decision, notice, end } = written.event;
  return [...new Set([decision, notice ?? end ?? decision])].join(' ');
}

interface Row {
  readonly text: string;
  readonly attachments: readonly unknown[];
  readonly quote: unknown;
  readonly kept: boolean;
  readonly end: string | null;
}

async function ledger({ integration }: Desk): Promise<Row[]> {
  const { rows } = (await world.store.db.raw(
    `SELECT text, attachments, quote, context_until IS NOT NULL AS kept, "end" FROM events WHERE integration_id = ? ORDER BY number`,
    [integration.id],
  )) as { rows: Row[] };
  return rows;
}

describe('messages of one person', () => {
  const limited = (messages: number, seconds = 60) => deskWith({ perPerson: { messages, seconds } });

  it('are taken up to the limit, exactly, over all chats and processes, and one notice says so', async () => {
    const desk = await limited(7);
    const at = Date.now();
    const events = Array.from({ length: 30 }, (_, n) => said(`m${n}`, { chat: `chat ${n % 3}`, at }));
    const decisions = await Promise.all(events.map((event, n) => take(desk, event, n % 2 ? other : world.store)));
    const count = (decision: string) => decisions.filter((one) => one === decision).length;
    expect([count('accepted'), count('refused rateLimited'), count('refused')]).toEqual([7, 1, 22]);
    const { rows } = (await world.store.db.raw('SELECT used FROM policy_counts WHERE integration_id = ?', [desk.integration.id])) as {
      rows: { used: number }[];
    };
    expect(rows).toEqual([{ used: 30 }]);
  });

  it('count once, however often they are delivered', async () => {
    const desk = await limited(2);
    const event = said('Hello');
    const first = await Promise.all(Array.from({ length: 12 }, (_, n) => take(desk, event, n % 2 ? other : world.store)));
    expect(first.sort()).toEqual(['accepted', ...Array.from({ length: 11 }, () => 'known')]);
    expect(await take(desk, said('Another'))).toBe('accepted');
    expect(await take(desk, said('A third'))).toBe('refused rateLimited');
  });

  it('are taken again in the next window, with a notice of its own, by the time they were sent', async () => {
    const desk = await limited(1, 10);
    const start = Date.now() - 100_000;
    const decisions: string[] = [];
    for (const second of [0, 4, 9, 10, 12, 25]) decisions.push(await take(desk, said('Hello', { at: start + second * 1000 })));
    expect(decisions).toEqual(['accepted', 'refused rateLimited', 'refused', 'accepted', 'refused rateLimited', 'accepted']);
  });

  it('leave other people alone, and /stop always works', async () => {
    const desk = await limited(1);
    expect(await take(desk, said('Hello'))).toBe('accepted');
    expect(await take(desk, said('/stop'))).toBe('accepted');
    expect(await take(desk, said('Hello', { by: 'bob' }))).toBe('accepted');
    expect(await take(desk, said('/help'))).toBe('refused rateLimited');
    expect(await take(desk, said('/new question'))).toBe('refused');
  });
});

describe('in quiet hours', () => {
  const quietHours = { timeZone: 'UTC', from: '22:00', to: '06:00', days: weekdays, notice: true };
  const at = (time: string) => ({ at: Date.parse(`2026-11-${time}:00Z`) });

  it('everything is refused, and each person is told once a night', async () => {
    const desk = await deskWith({ quietHours, staleAfterSeconds: 1_000_000 });
    const course: [string, string, string][] = [
      ['ann', '20T21:59', 'accepted'],
      ['ann', '20T22:00', 'refused quietHours'],
      ['ann', '21T05:00', 'refused'],
      ['bob', '21T05:00', 'refused quietHours'],
      ['ann', '21T06:00', 'accepted'],
      ['ann', '21T22:30', 'refused quietHours'],
      ['bob', '22T01:00', 'refused quietHours'],
    ];
    for (const [by, time, decision] of course)
      expect([time, await take(desk, said('Hello', { by, ...at(time) }))]).toEqual([time, decision]);
  });

  it('a group of its own may be answered, and keeps hours of its own', async () => {
    const groups = {
      ...completeTrigger(null).groups,
      overrides: [
        { chats: ['on call'], quietHours: null },
        { chats: ['shop'], quietHours: { ...quietHours, from: '12:00', to: '13:00', notice: false } },
      ],
    };
    const desk = await deskWith({ quietHours, groups });
    const say = (chatId: string, time: string) =>
      take(desk, said('Hello', { ...at(time), address: { chatId, kind: 'group' }, forBot: true }));
    expect([await say('on call', '20T23:00'), await say('shop', '20T23:00'), await say('shop', '20T12:30')]).toEqual([
      ...['accepted', 'accepted', 'refused'],
    ]);
    expect(await say('others', '20T23:00')).toBe('refused quietHours');
  });

  it('nobody is told where that is not wanted', async () => {
    const desk = await deskWith({ quietHours: { ...quietHours, notice: false } });
    expect(await take(desk, said('Hello', at('20T23:00')))).toBe('refused');
  });
});

describe('bots', () => {
  const robot = { sender: { id: 'robot', bot: true } };

  it('get no answer unless a trigger says so', async () => {
    expect(await take(await deskWith({}), said('Hello', robot))).toBe('ignored');
  });

  it('are answered in the groups that say so', async () => {
    const groups = { ...completeTrigger(null).groups, overrides: [{ chats: ['alarms'], bots: 'answer' }] } as const;
    const desk = await deskWith({ groups });
    const hello = (chatId: string) => take(desk, said('Hello', { ...robot, address: { chatId, kind: 'group' }, forBot: true }));
    expect([await hello('alarms'), await hello('others')]).toEqual(['accepted', 'ignored']);
  });

  it('are answered a few times in a row, then not before a person asks', async () => {
    const desk = await deskWith({ bots: 'answer', botTurns: 2 });
    const address = { chatId: 'g1', kind: 'group' } as const;
    const course = ['robot', 'robot', 'robot', 'robot', 'ann', 'robot', 'robot', 'robot'];
    const decisions: string[] = [];
    for (const by of course) decisions.push(await take(desk, said('Hello', { address, ...(by === 'robot' ? robot : { by }) })));
    expect(decisions).toEqual(['accepted', 'accepted', 'ignored', 'ignored', 'accepted', 'accepted', 'accepted', 'ignored']);
  });

  it('are never told why', async () => {
    const desk = await deskWith({ bots: 'answer', botTurns: 100, perPerson: { messages: 1, seconds: 60 } });
    const decisions: string[] = [];
    for (let n = 0; n < 3; n++) decisions.push(await take(desk, said('Hello', robot)));
    expect(decisions).toEqual(['accepted', 'refused', 'refused']);
  });
});

it('people from outside are told so once an hour', async () => {
  const desk = await deskWith({ external: 'refuse' });
  const sender = { id: 'guest', external: true };
  const start = Date.now() - 4_000_000;
  const decisions: string[] = [];
  for (const minute of [0, 30, 59, 60, 61]) decisions.push(await take(desk, said('Hello', { sender, at: start + minute * 60_000 })));
  expect(decisions).toEqual(['refused outsider', 'refused', 'refused', 'refused outsider', 'refused']);
});

describe('what comes late', () => {
  const late = { at: Date.now() - 61_000 };

  it.each([
    ['/stop', 'refused expired'],
    ['/new', 'refused lateCommand'],
    ['/new question', 'refused lateCommand'],
    ['/help', 'refused lateCommand'],
    ['a question', 'accepted'],
  ])('%s: %s', async (text, decision) => {
    expect(await take(await deskWith({}), said(text, late))).toBe(decision);
  });

  it('a pressed button is not carried out', async () => {
    const press = said('', { kind: 'action', action: 'stop', target: 'some turn' });
    expect(await take(await deskWith({}), { ...press, ...late })).toBe('refused expired');
  });

  it('is late after as long as the trigger says', async () => {
    expect(await take(await deskWith({ staleCommandSeconds: 120 }), said('/stop', late))).toBe('accepted');
  });
});

describe('what is not meant for the bot', () => {
  const attachments = [{ kind: 'file', ref: 'r', name: 'private.pdf' }] as const;
  const quote = { messageId: 'm', text: 'also private' };
  const wanted = { groups: { ...completeTrigger(null).groups, context: { messages: 5, windowSeconds: 60 } } };

  it('leaves no words, names or files in the ledger', async () => {
    const desk = await deskWith({});
    await take(desk, inGroup('lunch?', { attachments, quote, by: 'carla' }));
    await take(desk, inGroup('edited', { kind: 'edit', target: 'never heard' }));
    expect(await ledger(desk)).toEqual([
      { text: '', attachments: [], quote: null, kept: false, end: 'ignored' },
      { text: '', attachments: [], quote: null, kept: false, end: 'ignored' },
    ]);
    const { rows } = (await world.store.db.raw('SELECT name FROM people WHERE integration_id = ?', [desk.integration.id])) as {
      rows: { name: string | null }[];
    };
    expect(rows).toEqual([{ name: null }, { name: null }]);
  });

  it('is kept for a while where a trigger wants it as context, but not of blocked people', async () => {
    const desk = await deskWith({ ...wanted, people: { allow: [], block: ['eve'] } });
    await take(desk, inGroup('lunch?', { attachments, quote }));
    await take(desk, inGroup('a secret', { by: 'eve' }));
    expect(await ledger(desk)).toMatchObject([
      { text: 'lunch?', attachments, quote, kept: true, end: 'ignored' },
      { text: '', kept: false, end: 'ignored' },
    ]);
  });

  it('changes and goes with its message', async () => {
    const desk = await deskWith(wanted);
    const [first, second] = [inGroup('lunch at one'), inGroup('a slip')];
    await take(desk, first);
    await take(desk, second);
    expect(await take(desk, inGroup('lunch at two', { kind: 'edit', target: first.id }))).toBe('accepted done');
    expect(await take(desk, inGroup('', { kind: 'recall', target: second.id }))).toBe('accepted done');
    expect((await ledger(desk)).map(({ text }) => text)).toEqual(['lunch at two', '', '', '']);
  });

  it('is forgotten when no question can need it any more', async () => {
    const desk = await deskWith(wanted);
    const hour = 3_600_000;
    await take(desk, inGroup('old', { at: Date.now() - hour - 61_000 }));
    await take(desk, inGroup('young', { at: Date.now() - hour }));
    await world.store.context.expire();
    expect((await ledger(desk)).map(({ text, kept }) => [text, kept])).toEqual([
      ['', false],
      ['young', true],
    ]);
  });

  it('leaves no words where the integration is off', async () => {
    const desk = await createDesk(world, { enabled: false });
    await take(desk, inGroup('lunch?'));
    expect(await ledger(desk)).toMatchObject([{ text: '', end: 'refused' }]);
  });
});

it('a group has its own settings, and the event keeps those that held', async () => {
  const groups = {
    ...completeTrigger(null).groups,
    overrides: [{ chats: ['g1'], mention: 'any', conversation: 'member', gatherMs: 5 }] as const,
  };
  const desk = await deskWith({ groups });
  expect(await take(desk, inGroup('Hello'))).toBe('accepted');
  expect(await take(desk, inGroup('Hello', { address: { chatId: 'g2', kind: 'group' } }))).toBe('ignored');
  const { rows } = (await world.store.db.raw(
    `SELECT c.key, e.settings->'gatherMs' AS ms FROM events e JOIN chats c ON c.id = e.chat_id WHERE e.integration_id = ? ORDER BY e.number`,
    [desk.integration.id],
  )) as { rows: { key: string; ms: number }[] };
  expect(rows).toEqual([
    { key: 'group/g1/member/ann', ms: 5 },
    { key: 'group/g2', ms: 1000 },
  ]);
});
