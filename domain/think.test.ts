import type { AnswerPart } from './answer';
import { emptyAnswer, extend } from './answer';
import { createThinkFilter } from './think';

const filter = (...pieces: string[]) => {
  const think = createThinkFilter();
  const parts: AnswerPart[] = [...pieces.flatMap((piece) => think.push(piece)), ...think.end()];
  const { text, reasoning } = parts.reduce(extend, emptyAnswer);
  return { text, reasoning };
};

describe('the think filter', () => {
  const table: [string, string, { text: string; reasoning: string }][] = [
    ['leaves plain text alone', 'Hello <b>', { text: 'Hello <b>', reasoning: '' }],
    ['takes out a leading block and the blank line after it', '<think>so</think>\n\nHello', { text: 'Hello', reasoning: 'so' }],
    ['takes out a block after white space', '\n<think>so</think>Hello', { text: 'Hello', reasoning: 'so' }],
    ['keeps white space that leads plain text', '\n  Hello', { text: '\n  Hello', reasoning: '' }],
    ['leaves a later block alone', 'Write <think>x</think>', { text: 'Write <think>x</think>', reasoning: '' }],
    ['leaves a second block alone', '<think>a</think>b<think>c</think>', { text: 'b<think>c</think>', reasoning: 'a' }],
    ['never lets an unclosed block out', '<think>secret </thi', { text: '', reasoning: 'secret </thi' }],
    ['keeps what only began like a block', ' <thin', { text: ' <thin', reasoning: '' }],
    ['knows a different tag', '<thin ice>', { text: '<thin ice>', reasoning: '' }],
    ['accepts an empty block', '<think>\n\n</think>\n\n你好', { text: '你好', reasoning: '\n\n' }],
    ['keeps what looks like an end inside', '<think>a </b> < </think>c', { text: 'c', reasoning: 'a </b> < ' }],
    ['accepts nothing at all', '', { text: '', reasoning: '' }],
  ];

  it.each(table)('%s', (_name, whole, expected) => {
    expect(filter(whole)).toEqual(expected);
  });

  it.each(table)('%s, wherever the pieces break', (_name, whole, expected) => {
    expect(filter(...whole)).toEqual(expected);
    for (let at = 1; at < whole.length; at++) expect(filter(whole.slice(0, at), whole.slice(at))).toEqual(expected);
  });

  it('says plain text at once', () => {
    expect(createThinkFilter().push('Hi')).toEqual([{ kind: 'text', delta: 'Hi' }]);
  });
});
