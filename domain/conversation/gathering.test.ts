import { talk, timings } from '../../tests/support/talk';

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

describe('a question asked again', () => {
  const again = { kind: 'action', action: 'regenerate', asks: true, target: 'turn-1' } as const;

  it('is a turn of its own at once, and nothing joins it', () => {
    const chat = talk();
    chat.say('first');
    chat.begin();
    chat.end();
    chat.say('again', again);
    chat.say('next');
    expect(chat.due()).toBe(0);
    chat.begin();
    expect(chat.running()).toEqual(['again']);
    expect(chat.waiting()).toEqual(['next']);
  });

  it('waits behind what runs; where a busy chat drops, it says so', () => {
    const queueing = talk();
    queueing.say('first');
    queueing.begin();
    queueing.say('again', again);
    expect(queueing.waiting()).toEqual(['again']);
    const dropping = talk({ onBusy: 'drop' });
    dropping.say('first');
    dropping.begin();
    dropping.say('again', again);
    expect(dropping.told()).toEqual(['busy (refused)']);
  });

  it('goes on under its own turn when its run is lost, and into the next session when this one ends', () => {
    const lost = talk();
    lost.say('again', { ...again, turnId: 'turn-7' });
    expect(lost.s.waiting).toMatchObject([{ id: 'turn-7' }]);
    const ending = talk();
    ending.say('first');
    ending.begin();
    ending.command('new');
    ending.say('again', again);
    ending.end();
    ending.next();
    expect(ending.waiting()).toEqual(['again']);
  });
});
