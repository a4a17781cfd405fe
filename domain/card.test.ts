import fc from 'fast-check';
import { emptyAnswer, extend, isEnd, type ReplyState, type ReplyView } from './answer';
import {
  type Appearance,
  appearanceOf,
  badReasons,
  buttonsFor,
  createStepClock,
  defaultAppearance,
  dress,
  endedSteps,
  footerFields,
  questionAgain,
  readComplaint,
} from './card';
import { cardActions } from './event';

const view = (state: ReplyState, more: Partial<ReplyView> = {}): ReplyView => ({
  state,
  text: 'words',
  language: 'en',
  steps: [],
  ...more,
});
const states = ['queued', 'thinking', 'streaming', 'waiting', 'recovering', 'done', 'failed', 'stopped', 'expired'] as const;

describe('the buttons of a card', () => {
  it.each([
    ['queued', 'stop'],
    ['thinking', 'stop'],
    ['streaming', 'stop'],
    ['waiting', 'stop'],
    ['recovering', 'stop'],
    ['done', 'good bad regenerate new'],
    ['failed', 'retry new'],
    ['stopped', 'retry new'],
    ['expired', 'retry new'],
  ] as const)('%s: %s', (state, buttons) => {
    expect(buttonsFor(state, defaultAppearance).join(' ')).toBe(buttons);
  });

  it('whatever it looks like: each once, stop exactly while it runs, ratings only where they are wanted, none without a card', () => {
    const looks = fc.record({
      footer: fc.uniqueArray(fc.constantFrom(...footerFields)),
      aiLabel: fc.constant(null),
      ...{ reasoning: fc.boolean(), steps: fc.boolean(), feedback: fc.boolean() },
      ...{ stream: fc.boolean(), card: fc.boolean(), reaction: fc.boolean() },
    });
    fc.assert(
      fc.property(fc.constantFrom(...states), looks, fc.boolean(), (state, appearance: Appearance, buttons) => {
        const shown = dress(view(state), appearance, { buttons }).buttons!;
        expect(new Set(shown).size).toBe(shown.length);
        expect(shown.every((action) => cardActions.includes(action))).toBe(true);
        if (!appearance.card || !buttons) expect(shown).toEqual([]);
        else expect(shown.includes('stop')).toBe(!isEnd(state));
        if (!appearance.feedback || state !== 'done') expect(shown).not.toEqual(expect.arrayContaining(['good']));
        expect(shown.includes('regenerate') && shown.includes('retry')).toBe(false);
        // What is shown may be dressed again on its way, and stays.
        const once = dress(view(state), appearance, { buttons });
        expect(dress(once, appearance, { buttons })).toEqual(once);
      }),
    );
  });

  it('what was given stays', () => {
    expect(dress(view('stopped', { buttons: [] }), defaultAppearance, { buttons: true }).buttons).toEqual([]);
  });
});

describe('the line under an answer', () => {
  const usage = { inputTokens: 1000, outputTokens: 234, model: 'gpt-4.1' };
  const line = (given: Partial<ReplyView>, appearance: Partial<Appearance> = {}, state: ReplyState = 'done') =>
    dress(view(state, given), { ...defaultAppearance, ...appearance }, undefined).footer;

  it.each([
    [{ seconds: 3.2, usage }, {}, 'AI-generated · 3.2 s · gpt-4.1'],
    [{ seconds: 3.2, usage }, { footer: [...footerFields] }, 'AI-generated · 3.2 s · gpt-4.1 · 1,234 tokens'],
    [{ seconds: 3.2, usage, language: 'zh' }, { footer: [...footerFields] }, '由 AI 生成 · 3.2 秒 · gpt-4.1 · 1,234 个 token'],
    [{ seconds: 125.4, usage }, { footer: ['seconds', 'label'] }, '2 min 5 s · AI-generated'],
    [{ seconds: 125.4, language: 'zh' }, {}, '由 AI 生成 · 2 分 5 秒'],
    [{ seconds: 1 }, { aiLabel: { en: 'Written by a machine', zh: '机器所写' } }, 'Written by a machine · 1.0 s'],
    [{ usage: {} }, { footer: ['tokens', 'model'] }, undefined],
    [{ seconds: 1 }, { footer: [] }, undefined],
  ] as const)('%j %j: %s', (given, appearance, expected) => {
    expect(line(given, appearance)).toBe(expected);
  });

  it('stands wherever an expert’s words stand, and only at the end', () => {
    expect(line({ seconds: 1 }, {}, 'stopped')).toBe('AI-generated · 1.0 s');
    expect(line({ seconds: 1, text: '' }, {}, 'failed')).toBeUndefined();
    expect(line({ seconds: 1 }, {}, 'streaming')).toBeUndefined();
  });
});

describe('what an integration shows', () => {
  it('thoughts only where it wants them, steps unless it hides them', () => {
    const steps = [{ id: '1', title: 'Search', status: 'running' }] as const;
    const given = view('thinking', { reasoning: 'hm', steps });
    expect(dress(given, defaultAppearance, undefined)).toMatchObject({ steps });
    expect(dress(given, defaultAppearance, undefined)).not.toHaveProperty('reasoning');
    expect(dress(given, { ...defaultAppearance, reasoning: true, steps: false }, undefined)).toMatchObject({ reasoning: 'hm', steps: [] });
  });

  it('reads what was stored, whatever an older release wrote', () => {
    expect(appearanceOf({})).toEqual(defaultAppearance);
    expect(appearanceOf({ footer: true, stream: 'no', aiLabel: 'AI', colour: 'red' })).toEqual(defaultAppearance);
    expect(appearanceOf({ footer: ['tokens', 'price', 'label'], stream: false, aiLabel: { en: 'a', zh: 'b' } })).toEqual({
      ...defaultAppearance,
      ...{ footer: ['tokens', 'label'], stream: false, aiLabel: { en: 'a', zh: 'b' } },
    });
  });
});

describe('steps', () => {
  it('get their durations as they end, unless the backend tells them', () => {
    let now = 1000;
    const timed = createStepClock(() => now);
    const step = (id: string, status: 'running' | 'done' | 'failed', seconds?: number) =>
      ({ kind: 'step', step: { id, title: id, status, ...(seconds !== undefined && { seconds }) } }) as const;
    let answer = timed(extend(emptyAnswer, step('a', 'running')));
    now += 1230;
    answer = timed(extend(answer, step('a', 'done')));
    answer = timed(extend(answer, step('b', 'failed', 7)));
    now += 5000;
    answer = timed(extend(answer, { kind: 'text', delta: 'x' }));
    expect(answer.steps.map(({ seconds }) => seconds)).toEqual([1.2, 7]);
  });

  it('none goes on when the answer has ended', () => {
    const steps = [
      { id: 'a', title: 'a', status: 'running' },
      { id: 'b', title: 'b', status: 'failed' },
    ] as const;
    expect(endedSteps(steps, 'done').map(({ status }) => status)).toEqual(['done', 'failed']);
    expect(endedSteps(steps, 'stopped').map(({ status }) => status)).toEqual(['failed', 'failed']);
  });
});

it.each([
  [undefined, { reason: null, comment: null }],
  ['  ', { reason: null, comment: null }],
  ...badReasons.map((reason) => [reason, { reason, comment: null }] as const),
  ['Wrong: the price: too low', { reason: 'wrong', comment: 'the price: too low' }],
  ['I do not like it', { reason: 'other', comment: 'I do not like it' }],
  ['note: wrong', { reason: 'other', comment: 'note: wrong' }],
] as const)('a complaint %j is read as %j', (detail, complaint) => {
  expect(readComplaint(detail)).toEqual(complaint);
});

describe('a question asked again', () => {
  const said = (by: string, text: string) => ({ platformPersonId: by, name: by.toUpperCase(), text });

  it('is the same words where one person asked', () => {
    expect(questionAgain([said('ann', 'One?'), said('ann', 'Two?')], 'ann')).toBe('One?\nTwo?');
  });

  it('says who said what where several did', () => {
    const asked = [said('ann', 'One?'), said('bob', 'Two?')];
    // The first line gets the name of whoever presses in front of it.
    expect(questionAgain(asked, 'ann')).toBe('One?\nBOB: Two?');
    expect(questionAgain(asked, 'bob')).toBe('\nANN: One?\nBOB: Two?');
  });
});
