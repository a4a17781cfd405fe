import { talk } from '../../tests/support/talk';
import type { Timings } from '../trigger';

/** Ann's question is being answered in a group; Bob asked nothing. */
function answering(policy: Partial<Timings> = {}) {
  const chat = talk(policy, { shared: true });
  chat.say('a');
  chat.begin();
  return chat;
}
const bob = { personId: 'bob' };

describe('a stop by who did not ask', () => {
  it('is asked about: it stops for who owns the group, and is refused for others', () => {
    const chat = answering();
    chat.command('stop', bob);
    expect(chat.s.running?.stop).toBeUndefined();
    chat.owns(false);
    expect([chat.s.running?.stop, chat.told()]).toEqual([undefined, ['notYours (refused)']]);
    chat.command('stop', bob);
    chat.owns(true);
    expect([chat.s.running?.stop, chat.told()]).toEqual([{ cause: 'stopped', by: 'bob' }, ['stopped (done)']]);
  });

  it('as a button says nothing in the chat: whoever pressed was told', () => {
    const chat = answering();
    chat.press(chat.s.running!.id, bob);
    chat.owns(false);
    expect([chat.s.running?.stop, chat.told()]).toEqual([undefined, ['press 1 refused']]);
    chat.press(chat.s.running!.id, bob);
    chat.owns(true);
    expect([chat.s.running?.stop, chat.told()]).toEqual([{ cause: 'stopped', by: 'bob' }, ['press 2 done']]);
  });

  it('takes back what waits or is gathered', () => {
    const chat = answering();
    chat.say('b');
    chat.press(chat.s.waiting[0]!.id, bob);
    chat.owns(true);
    expect([chat.waiting(), chat.told()]).toEqual([[], ['b stopped', 'press 2 done']]);
    chat.end();
    chat.say('c');
    chat.command('stop', bob);
    chat.owns(true);
    expect([chat.gathering(), chat.told()]).toEqual([[], ['c stopped', 'stopped (done)']]);
  });

  it('is asked about only where there is something to stop', () => {
    const chat = talk({}, { shared: true });
    chat.command('stop', bob);
    chat.press('turn-of-yesterday', bob);
    expect(chat.told()).toEqual(['nothingToStop (done)', 'press 1 done']);
  });
});

describe('while the platform is asked', () => {
  it.each(['command', 'press'] as const)('the answer may end, and what waited behind it is not stopped (%s)', (how) => {
    const chat = answering();
    chat.say('b');
    chat.wait(100);
    if (how === 'command') chat.command('stop', bob);
    else chat.press(chat.s.running!.id, bob);
    chat.end();
    chat.begin();
    chat.owns(true);
    expect([chat.running(), chat.s.running?.stop]).toEqual([['b'], undefined]);
    expect(chat.told()).toEqual([how === 'command' ? 'nothingToStop (done)' : 'press 2 done']);
  });

  it('who asked may stop it first', () => {
    const chat = answering();
    chat.command('stop', bob);
    chat.press(chat.s.running!.id);
    chat.owns(true);
    expect([chat.s.running?.stop?.by, chat.told()]).toEqual(['ann', ['press 2 done', 'nothingToStop (done)']]);
  });

  it('what was gathered may have become a turn: it is stopped all the same', () => {
    const chat = talk({}, { shared: true });
    chat.say('a');
    chat.command('stop', bob);
    chat.begin();
    chat.owns(true);
    expect(chat.s.running?.stop?.by).toBe('bob');
  });

  it('what was gathered may have come to wait behind a question asked again', () => {
    const chat = talk({ gatherMs: 5000 }, { shared: true });
    chat.say('a');
    chat.command('stop', bob);
    chat.say('again', { kind: 'action', action: 'regenerate', asks: true, target: 'old' });
    chat.owns(true);
    expect([chat.waiting(), chat.told()]).toEqual([['again'], ['a stopped', 'stopped (done)']]);
  });

  it('what is said meanwhile is not taken back, though its clock be behind', () => {
    const chat = answering();
    chat.wait(100);
    chat.command('stop', bob);
    chat.end();
    chat.say('b', { at: 1000 });
    chat.owns(true);
    expect([chat.gathering(), chat.told()]).toEqual([['b'], ['nothingToStop (done)']]);
  });

  it('the session may be over: the next one knows nothing to stop', () => {
    const chat = answering();
    chat.command('stop', bob);
    chat.command('new');
    chat.owns(true);
    expect([chat.s.running?.stop?.cause, chat.after()]).toEqual(['new', ['/stop 1']]);
    chat.say('b');
    chat.told();
    chat.end();
    chat.next();
    expect([chat.gathering(), chat.told()]).toEqual([['b'], ['nothingToStop (done)']]);
  });

  it('what was asked of the expert before is still answered, and can be stopped', () => {
    const chat = answering();
    chat.say('for another', { renews: true });
    expect(chat.s.ending?.answersFirst).toBe(true);
    chat.command('stop', bob);
    chat.owns(true);
    expect(chat.s.running?.stop?.by).toBe('bob');
  });
});
