import { talk } from '../../tests/support/talk';
import { isIdle } from '../conversation';

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

  it('who asked may stop at once', () => {
    const chat = group();
    chat.say('a', { personId: 'ann' });
    chat.begin();
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

  it('only who asked in this session, or owns the group, may begin a new one', () => {
    const chat = group();
    chat.say('a', { personId: 'ann' });
    chat.begin();
    chat.end();
    chat.command('new', { personId: 'bob' });
    chat.owns(false);
    expect([chat.s.ending, chat.told()]).toEqual([undefined, ['notYours (refused)']]);
    chat.command('new', { personId: 'bob' });
    chat.owns(true);
    expect(chat.s.ending?.by).toBe('bob');
  });

  it('who asked may begin a new one at once', () => {
    const chat = group();
    chat.say('a', { personId: 'ann' });
    chat.command('new', { personId: 'ann' });
    expect(chat.s.ending?.by).toBe('ann');
  });
});
