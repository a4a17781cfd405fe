import { talk, timings } from '../../tests/support/talk';
import type { Heard } from '../conversation';

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
