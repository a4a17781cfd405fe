import { talk } from '../../tests/support/talk';

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
