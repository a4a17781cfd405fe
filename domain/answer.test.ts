import { type AnswerPart, emptyAnswer, extend, isEnd, type ReplyState } from './answer';

const said = (...parts: AnswerPart[]) => parts.reduce(extend, emptyAnswer);

describe('an answer', () => {
  it('grows with its words and its thoughts', () => {
    expect(
      said(
        { kind: 'text', delta: 'Hel' },
        { kind: 'reasoning', delta: 'h' },
        { kind: 'text', delta: 'lo' },
        { kind: 'reasoning', delta: 'm' },
      ),
    ).toEqual({ ...emptyAnswer, text: 'Hello', reasoning: 'hm' });
  });

  it('takes back what it said', () => {
    expect(said({ kind: 'text', delta: 'Wrong' }, { kind: 'replace', text: 'Right' }, { kind: 'text', delta: '!' }).text).toBe('Right!');
  });

  it('keeps its steps in order while they change', () => {
    const step = (id: string, status: 'running' | 'done'): AnswerPart => ({ kind: 'step', step: { id, title: id, status } });
    expect(said(step('a', 'running'), step('b', 'running'), step('a', 'done')).steps.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'a done',
      'b running',
    ]);
  });

  it('adds up what is told of its usage, piece by piece', () => {
    expect(
      said({ kind: 'usage', usage: { model: 'm', inputTokens: 1 } }, { kind: 'usage', usage: { inputTokens: 2, outputTokens: 3 } }).usage,
    ).toEqual({
      model: 'm',
      inputTokens: 2,
      outputTokens: 3,
    });
  });

  it('says how it finished, and leaves what was there before alone', () => {
    const before = said({ kind: 'text', delta: 'Hello' });
    expect(extend(before, { kind: 'done', finish: 'length' })).toEqual({ ...before, finish: 'length' });
    expect(before.finish).toBeUndefined();
    expect(emptyAnswer).toEqual({ text: '', reasoning: '', steps: [], usage: {} });
  });
});

test.each<[ReplyState, boolean]>([
  ['queued', false],
  ['thinking', false],
  ['streaming', false],
  ['waiting', false],
  ['recovering', false],
  ['done', true],
  ['failed', true],
  ['stopped', true],
  ['expired', true],
])('%s is an end: %s', (state, expected) => {
  expect(isEnd(state)).toBe(expected);
});
