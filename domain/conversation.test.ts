import { talk, timings } from '../tests/support/talk';
import { beginEnding, closed, type Heard, hear, isIdle, knownEvents, leaveClosing, nextSession, sessionDeadline } from './conversation';

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
