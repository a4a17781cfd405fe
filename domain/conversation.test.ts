import {
  beginEnding,
  beginTurn,
  type Chore,
  type Clock,
  type Conversation,
  choreDone,
  closed,
  endTurn,
  type Heard,
  hear,
  isIdle,
  knownEvents,
  leaveClosing,
  nextSession,
  openConversation,
  sessionDeadline,
  turnDueAt,
} from './conversation';
import { defaultTrigger, type Timings } from './trigger';

const { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax } = defaultTrigger;
const timings: Timings = { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax };

/** A chat that is told events one after the other; the clock stands still unless it is moved. */
function talk(policy: Partial<Timings> = {}, more: Partial<Heard> = {}) {
  let ids = 0;
  let number = 0;
  let now = 1000;
  const clock = (): Clock => ({ now, newId: () => `turn-${++ids}` });
  let s: Conversation = openConversation('session-1', timings, now);
  const make = (id: string, event: Partial<Heard>): Heard => ({
    ...{ id, number: ++number, kind: 'message', at: now, personId: 'ann', shared: false, versionId: 'v1' },
    ...{ timings: { ...timings, ...policy } },
    ...more,
    ...event,
  });
  const chat = {
    get s() {
      return s;
    },
    wait: (ms: number) => {
      now += ms;
    },
    hear: (event: Heard) => {
      s = hear(s, event, clock());
    },
    say: (id: string, event: Partial<Heard> = {}) => chat.hear(make(id, event)),
    command: (command: 'stop' | 'new' | 'help' | 'status' | 'end', event: Partial<Heard> = {}) =>
      chat.hear(make(`/${command} ${number}`, { kind: 'command', command, ...event })),
    press: (turnId: string, event: Partial<Heard> = {}) =>
      chat.hear(make(`press ${number}`, { kind: 'action', action: 'stop', target: turnId, ...event })),
    recall: (target: string) => chat.hear(make(`recall ${target}`, { kind: 'recall', target })),
    begin: () => {
      s = beginTurn(s, clock());
    },
    end: () => {
      s = endTurn(s, now);
    },
    next: () => {
      s = nextSession(s, 'session-2', clock());
    },
    running: () => s.running?.events.map(({ id }) => id),
    waiting: () => s.waiting.map(({ events }) => events.map(({ id }) => id).join('+')),
    gathering: () => s.gathering.map(({ id }) => id),
    after: () => s.after.map(({ id }) => id),
    due: () => turnDueAt(s),
    now: () => now,
    /** Takes what there is to tell. */
    told: () => {
      const chores = s.chores.map(describeChore);
      for (const _ of s.chores) s = choreDone(s);
      return chores;
    },
  };
  return chat;
}

const describeChore = (chore: Chore): string =>
  chore.kind === 'notice'
    ? `${chore.notice} (${chore.end})`
    : chore.kind === 'settle'
      ? `${chore.eventIds.join()} ${chore.end}`
      : `${chore.turn.events.map(({ id }) => id).join('+')} ${chore.cause}`;

describe('gathering', () => {
  it('waits for a quiet second after the last message', () => {
    const chat = talk();
    expect(chat.due()).toBeUndefined();
    chat.say('a');
    expect(chat.due()).toBe(chat.now() + 1000);
    chat.wait(900);
    chat.say('b');
    expect(chat.due()).toBe(chat.now() + 1000);
    chat.begin();
    expect(chat.running()).toEqual(['a', 'b']);
    expect(chat.due()).toBeUndefined();
  });

  it('lasts no longer than its limit, however often somebody speaks', () => {
    const chat = talk();
    chat.say('a');
    const began = chat.now();
    for (const id of 'bcdef') {
      chat.wait(950);
      chat.say(id);
    }
    expect(chat.due()).toBe(began + 5000);
  });

  it('is over when a turn is full; what is too much waits as turns of their own', () => {
    const chat = talk({ gatherMaxMessages: 2, queueMax: 2 });
    for (const id of 'abcdefg') chat.say(id);
    expect(chat.due()).toBe(0);
    chat.begin();
    expect(chat.running()).toEqual(['a', 'b']);
    expect(chat.waiting()).toEqual(['c+d', 'e+f']);
    expect(chat.told()).toEqual(['queueFull (refused)']);
  });

  it('can be off', () => {
    const chat = talk({ gatherMs: 0 });
    chat.say('a');
    expect(chat.due()).toBe(chat.now());
  });

  it('puts what came in the wrong order into that of the ledger', () => {
    const chat = talk();
    chat.say('b', { number: 8 });
    chat.say('a', { number: 7 });
    expect(chat.gathering()).toEqual(['a', 'b']);
  });

  it('takes the settings of the newest event', () => {
    const chat = talk();
    chat.say('a');
    chat.say('b', { timings: { ...timings, gatherMs: 50 } });
    expect(chat.due()).toBe(chat.now() + 50);
  });
});

it('hears each event once, however often it is told', () => {
  const chat = talk();
  const event: Heard = { id: 'a', number: 1, kind: 'message', at: 0, personId: 'ann', shared: false, versionId: 'v', timings };
  for (let n = 0; n < 3; n++) chat.hear(event);
  chat.begin();
  chat.hear(event);
  chat.end();
  chat.hear(event);
  expect([chat.gathering(), chat.waiting(), chat.told()]).toEqual([[], [], []]);
  chat.say('new', { kind: 'command', command: 'new' });
  chat.next();
  chat.hear(event);
  expect(chat.gathering()).toEqual([]);
});

it('hears an event anew when the sentinel found that nobody works on it', () => {
  const chat = talk();
  const event: Heard = { id: 'a', number: 1, kind: 'message', at: 0, personId: 'ann', shared: false, versionId: 'v', timings };
  chat.hear(event);
  chat.hear({ ...event, again: true });
  expect(chat.gathering()).toEqual(['a']);
  chat.begin();
  chat.end();
  chat.hear({ ...event, again: true, turnId: 'turn-1' });
  expect(chat.waiting()).toEqual(['a']);
});

describe('while a turn runs', () => {
  it('queues: what waits forms turns, up to a limit, and is then refused', () => {
    const chat = talk({ gatherMaxMessages: 2, queueMax: 2 });
    chat.say('a');
    chat.begin();
    for (const id of 'bcdefg') chat.say(id);
    expect(chat.waiting()).toEqual(['b+c', 'd+e']);
    expect(chat.told()).toEqual(['queueFull (refused)', 'queueFull (refused)']);
    expect(chat.due()).toBeUndefined();
    chat.end();
    expect(chat.due()).toBe(0);
    chat.begin();
    expect([chat.running(), chat.waiting(), chat.s.running?.number]).toEqual([['b', 'c'], ['d+e'], 2]);
  });

  it('interrupts: the running turn stops, what came is gathered, and after three in a row it waits', () => {
    const chat = talk({ onBusy: 'interrupt' });
    chat.say('a');
    chat.begin();
    for (const id of 'bcd') {
      chat.say(id);
      chat.say(`${id}2`);
      expect(chat.s.running?.stop).toEqual({ cause: 'interrupted' });
      chat.end();
      expect(chat.gathering()).toEqual([id, `${id}2`]);
      chat.begin();
    }
    chat.say('e');
    expect([chat.s.running?.stop, chat.waiting()]).toEqual([undefined, ['e']]);
    chat.end();
    chat.begin();
    chat.say('f');
    expect(chat.s.running?.stop).toEqual({ cause: 'interrupted' });
  });

  it('drops: a visible notice', () => {
    const chat = talk({ onBusy: 'drop' });
    chat.say('a');
    chat.begin();
    chat.say('b');
    expect([chat.told(), chat.waiting(), chat.gathering()]).toEqual([['busy (refused)'], [], []]);
  });

  it('does not count an end of its own as an interruption', () => {
    const chat = talk({ onBusy: 'interrupt' });
    chat.say('a');
    chat.begin();
    for (const id of 'bcd') {
      chat.say(id);
      chat.end();
      chat.begin();
    }
    chat.end();
    expect(chat.s.interruptions).toBe(0);
  });
});

describe('/stop', () => {
  it('stops the running turn and leaves what waits', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.say('b');
    chat.command('stop');
    expect(chat.s.running?.stop).toEqual({ cause: 'stopped', by: 'ann' });
    expect([chat.waiting(), chat.told()]).toEqual([['b'], ['stopped (done)']]);
    chat.command('stop');
    expect(chat.told()).toEqual(['nothingToStop (done)']);
  });

  it('says that there is nothing to stop', () => {
    const chat = talk();
    chat.command('stop');
    expect(chat.told()).toEqual(['nothingToStop (done)']);
  });

  it('takes back what is being gathered', () => {
    const chat = talk();
    chat.say('a');
    chat.say('b');
    chat.command('stop');
    expect([chat.gathering(), chat.told()]).toEqual([[], ['a+b stopped', 'stopped (done)']]);
  });

  it('takes back what was said to interrupt', () => {
    const chat = talk({ onBusy: 'interrupt' });
    chat.say('a');
    chat.begin();
    chat.say('b');
    chat.command('stop');
    expect([chat.gathering(), chat.told()]).toEqual([[], ['b stopped', 'stopped (done)']]);
  });

  it('that comes late harms no later turn', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.wait(100);
    const sentAt = chat.now();
    chat.end();
    chat.wait(100);
    chat.say('b');
    chat.begin();
    chat.command('stop', { at: sentAt });
    expect([chat.s.running?.stop, chat.told()]).toEqual([undefined, ['nothingToStop (done)']]);
  });

  it('from the API is about one session and says nothing in the chat', () => {
    const chat = talk({}, { shared: true });
    chat.say('a');
    chat.begin();
    chat.command('stop', { target: 'another-session', personId: 'api' });
    expect(chat.s.running?.stop).toBeUndefined();
    chat.command('stop', { target: 'session-1', personId: 'api', at: 0 });
    expect(chat.s.running?.stop).toEqual({ cause: 'stopped', by: 'api' });
    expect(chat.told()).toEqual(['/stop 1 done', '/stop 2 done']);
  });

  it('as a button stops the turn it stands under, running or waiting, and no other', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.say('b');
    chat.press('turn-of-yesterday');
    expect([chat.s.running?.stop, chat.told()]).toEqual([undefined, ['press 2 done']]);
    chat.press(chat.s.waiting[0]!.id);
    expect([chat.waiting(), chat.told()]).toEqual([[], ['b stopped', 'press 3 done']]);
    chat.press(chat.s.running!.id);
    chat.press(chat.s.running!.id);
    expect([chat.s.running?.stop?.cause, chat.told()]).toEqual(['stopped', ['press 4 done', 'press 5 done']]);
  });

  it('ignores buttons it does not know', () => {
    const chat = talk();
    chat.say('b', { kind: 'action', action: 'like', target: 'x' });
    expect(chat.told()).toEqual(['b ignored']);
  });
});

describe('/new', () => {
  it('ends the session: stops, sets aside, and the next one begins with what comes after', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.say('b');
    chat.command('new');
    chat.say('c');
    expect(chat.s.running?.stop?.cause).toBe('new');
    expect([chat.told(), chat.waiting(), chat.after()]).toEqual([['b new', 'newSession (done)'], [], ['c']]);
    expect([chat.due(), isIdle(chat.s)]).toEqual([undefined, false]);
    chat.end();
    expect(isIdle(chat.s)).toBe(true);
    chat.next();
    expect([chat.s.sessionId, chat.gathering(), chat.s.turnsTaken, chat.s.ending]).toEqual(['session-2', ['c'], 0, undefined]);
  });

  it('with a question asks it in the next session', () => {
    const chat = talk();
    chat.say('a');
    chat.command('new', { asks: true });
    expect([chat.told(), chat.after()]).toEqual([['a new'], ['/new 1']]);
    chat.next();
    expect([chat.gathering(), chat.s.gathering[0]?.kind, chat.told()]).toEqual([['/new 1'], 'message', []]);
  });

  it('in a session nobody has used says so and changes nothing', () => {
    const chat = talk();
    chat.command('new');
    chat.command('new');
    expect([chat.told(), chat.s.ending]).toEqual([['newSession (done)', 'newSession (done)'], undefined]);
    chat.command('new', { asks: true });
    expect(chat.gathering()).toEqual(['/new 2']);
  });

  it('that was sent before the session began does not end it', () => {
    const chat = talk();
    chat.wait(100);
    chat.say('a');
    chat.command('new', { at: 1 });
    chat.command('new', { at: 1, asks: true });
    expect([chat.s.ending, chat.told(), chat.gathering()]).toEqual([undefined, ['newSession (done)'], ['a', '/new 2']]);
  });

  it('again and again, with words between, leaves no word behind', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.command('new');
    chat.say('b');
    chat.command('new');
    chat.say('c');
    chat.told();
    chat.end();
    chat.next();
    expect([chat.gathering(), chat.s.ending?.reason, chat.after()]).toEqual([[], 'new', ['c']]);
    expect(chat.told()).toEqual(['b new', 'newSession (done)']);
    expect(isIdle(chat.s)).toBe(true);
    chat.next();
    expect([chat.gathering(), chat.s.ending, isIdle(chat.s)]).toEqual([['c'], undefined, false]);
  });

  it('that was overtaken leaves the later question its card', () => {
    const chat = talk();
    chat.say('a', { number: 1 });
    chat.begin();
    chat.say('c', { number: 3 });
    const card = chat.s.waiting[0]!.id;
    chat.command('new', { number: 2 });
    chat.end();
    expect(chat.told()).toEqual(['newSession (done)']);
    chat.next();
    expect(chat.s.waiting.map(({ id }) => id)).toEqual([card]);
    expect(chat.waiting()).toEqual(['c']);
  });

  it('whose question an earlier run owned goes on in its card', () => {
    const chat = talk();
    chat.say('a');
    chat.command('new', { asks: true, turnId: 'old' });
    expect([chat.s.ending, chat.s.waiting.map(({ id }) => id)]).toEqual([undefined, ['old']]);
  });
});

describe('an end from the API', () => {
  it('ends the session it is about and no other', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.command('end', { target: 'session-0' });
    expect([chat.s.ending, chat.told()]).toEqual([undefined, ['/end 1 done']]);
    chat.command('end', { target: 'session-1', personId: 'api' });
    expect([chat.s.ending, chat.s.running?.stop?.cause]).toEqual([{ reason: 'ended', by: 'api' }, 'ended']);
    expect(chat.told()).toEqual(['sessionEnded (done)']);
  });
});

describe('/help and /status', () => {
  it('are answered at any time and disturb nothing', () => {
    const chat = talk({ onBusy: 'interrupt' });
    chat.command('help');
    chat.say('a');
    chat.command('status');
    expect(chat.gathering()).toEqual(['a']);
    chat.begin();
    chat.command('help');
    expect([chat.told(), chat.s.running?.stop]).toEqual([['help (done)', 'status (done)', 'help (done)'], undefined]);
  });
});

describe('in a shared group', () => {
  const group = () => talk({}, { shared: true });

  it('only who asked may stop', () => {
    const chat = group();
    chat.say('a', { personId: 'ann' });
    chat.begin();
    chat.command('stop', { personId: 'bob' });
    chat.press(chat.s.running!.id, { personId: 'bob' });
    expect([chat.s.running?.stop, chat.told()]).toEqual([undefined, ['notYours (refused)', 'notYours (refused)']]);
    chat.command('stop', { personId: 'ann' });
    expect(chat.s.running?.stop?.by).toBe('ann');
  });

  it('anybody whose words are in the turn may stop it', () => {
    const chat = group();
    chat.say('a', { personId: 'ann' });
    chat.say('b', { personId: 'bob' });
    chat.begin();
    chat.press(chat.s.running!.id, { personId: 'bob' });
    expect(chat.s.running?.stop?.by).toBe('bob');
  });

  it('only who asked in this session may begin a new one', () => {
    const chat = group();
    chat.say('a', { personId: 'ann' });
    chat.begin();
    chat.end();
    chat.command('new', { personId: 'bob' });
    expect([chat.s.ending, chat.told()]).toEqual([undefined, ['notYours (refused)']]);
    chat.command('new', { personId: 'ann' });
    expect(chat.s.ending?.by).toBe('ann');
  });
});

describe('a recall', () => {
  it('of a message that is being gathered takes it out', () => {
    const chat = talk();
    chat.say('a');
    chat.say('b');
    chat.recall('a');
    expect([chat.gathering(), chat.told()]).toEqual([['b'], ['recall a done', 'a recalled']]);
    chat.recall('b');
    expect(chat.due()).toBeUndefined();
  });

  it('of a waiting message takes it out of its turn, and the last one takes the turn', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.say('b');
    chat.say('c');
    chat.recall('b');
    expect([chat.waiting(), chat.told()]).toEqual([['c'], ['recall b done', 'b recalled']]);
    chat.recall('c');
    expect([chat.waiting(), chat.told()]).toEqual([[], ['recall c done', 'c recalled']]);
  });

  it('stops the running turn only when nothing is left of it', () => {
    const chat = talk();
    chat.say('a');
    chat.say('b');
    chat.begin();
    chat.recall('a');
    expect([chat.s.running?.stop, chat.running()]).toEqual([undefined, ['b']]);
    chat.recall('b');
    expect(chat.s.running?.stop?.cause).toBe('recalled');
    expect(chat.told()).toEqual(['recall a done', 'a recalled', 'recall b done']);
  });

  it('of what is answered, or was never heard, changes nothing', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.end();
    chat.recall('a');
    chat.recall('never');
    expect(chat.told()).toEqual(['recall a done', 'recall never done']);
  });
});

describe('a turn that an earlier run left behind', () => {
  it('goes on under its own id, before what is new, its messages together', () => {
    const chat = talk();
    chat.say('b', { turnId: 'old', number: 2 });
    chat.say('a', { turnId: 'old', number: 1 });
    chat.say('c', { number: 3 });
    expect([chat.s.waiting[0]?.id, chat.waiting()]).toEqual(['old', ['a+b', 'c']]);
    chat.begin();
    expect(chat.s.running).toMatchObject({ id: 'old', number: 1 });
  });

  it('is never filled up with what is new, and does not count against the queue', () => {
    const chat = talk({ queueMax: 1 });
    chat.say('x');
    chat.begin();
    chat.say('y');
    for (const id of 'abc') chat.say(id, { turnId: `old ${id}` });
    expect(chat.waiting()).toEqual(['y', 'a', 'b', 'c']);
    chat.say('z');
    expect(chat.told()).toEqual(['queueFull (refused)']);
  });

  it('that runs already takes its message in', () => {
    const chat = talk();
    chat.say('a', { turnId: 'old' });
    chat.begin();
    chat.say('b', { turnId: 'old' });
    expect(chat.running()).toEqual(['a', 'b']);
  });
});

describe('a session', () => {
  it('ends its time-out after the last activity', () => {
    const chat = talk({ sessionTimeoutSeconds: 60 });
    chat.say('a');
    chat.wait(30_000);
    chat.begin();
    chat.wait(30_000);
    chat.end();
    expect(sessionDeadline(chat.s)).toBe(chat.now() + 60_000);
    chat.wait(10_000);
    chat.command('help');
    expect(sessionDeadline(chat.s)).toBe(chat.now() + 60_000);
  });

  it('is not idle while something is left to tell or to show', () => {
    const chat = talk();
    expect(isIdle(chat.s)).toBe(true);
    chat.command('help');
    expect(isIdle(chat.s)).toBe(false);
    chat.told();
    const closing = leaveClosing(chat.s, 'turn');
    expect([isIdle(closing), isIdle(closed(closing, 'turn'))]).toEqual([false, true]);
  });

  it('keeps what comes while it ends for the next one, in order', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.end();
    const ending = beginEnding(chat.s, 'timeout');
    expect(beginEnding(ending, 'ended').ending?.reason).toBe('timeout');
    const heard = { id: 'b', number: 9, kind: 'message', at: 0, personId: 'ann', shared: false, versionId: 'v', timings } as const;
    const later = hear(ending, heard, { now: 0, newId: () => 'x' });
    expect([later.after.length, knownEvents(later)]).toEqual([1, ['b']]);
    const next = nextSession(leaveClosing(later, 'card'), 'session-2', { now: 0, newId: () => 'x' });
    expect([next.gathering.map(({ id }) => id), next.closing, next.askers]).toEqual([['b'], ['card'], ['ann']]);
  });
});
