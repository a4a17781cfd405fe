import { talk } from '../../tests/support/talk';
import { isIdle } from '../conversation';

const another = { renews: true } as const;

describe('a question for another expert', () => {
  it('that is the first of its session is like any other', () => {
    const chat = talk();
    chat.say('a', another);
    expect([chat.gathering(), chat.s.ending]).toEqual([['a'], undefined]);
  });

  it('waits until what was asked before is answered, then begins a session', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.say('b');
    chat.say('c', another);
    chat.say('d');
    expect([chat.running(), chat.waiting(), chat.after(), chat.due()]).toEqual([['a'], ['b'], ['c', 'd'], undefined]);
    chat.end();
    expect(chat.due()).toBe(0);
    chat.begin();
    expect(chat.running()).toEqual(['b']);
    chat.end();
    expect([chat.due(), isIdle(chat.s), chat.s.ending?.reason]).toEqual([undefined, true, 'new']);
    chat.next();
    expect([chat.s.sessionId, chat.gathering(), chat.s.ending]).toEqual(['session-2', ['c', 'd'], undefined]);
  });

  it('is not joined to what is still being gathered', () => {
    const chat = talk();
    chat.say('a');
    chat.say('b', another);
    expect([chat.gathering(), chat.after()]).toEqual([['a'], ['b']]);
    chat.wait(1000);
    chat.begin();
    expect(chat.running()).toEqual(['a']);
  });

  it('leaves the answer that runs to be stopped and taken back', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.say('b', another);
    chat.recall('b');
    chat.command('stop');
    expect([chat.s.running?.stop?.cause, chat.told(), chat.after()]).toEqual(['stopped', ['stopped (done)'], ['b', 'recall b']]);
    chat.end();
    chat.next();
    expect([chat.gathering(), chat.told()]).toEqual([[], ['recall b done', 'b recalled']]);
  });

  it('survives that an administrator ends the session', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.say('b', another);
    chat.command('end', { target: 'session-1', personId: 'api' });
    expect([chat.s.running?.stop?.cause, chat.after()]).toEqual(['ended', ['b']]);
  });

  it('that nobody worked on is simply asked: its session may have begun before', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.say('b', { ...another, again: true });
    expect([chat.waiting(), chat.s.ending]).toEqual([['b'], undefined]);
  });
});
