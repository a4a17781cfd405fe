import { mendMarkdown } from '../../console/src/sandbox/mend';

describe('half-written Markdown', () => {
  test.each([
    ['bold', 'so **very', 'so **very**'],
    ['bold whose end is half there', 'so **very*', 'so **very**'],
    ['bold that has only begun', 'so **', 'so '],
    ['struck words', 'a ~~b', 'a ~~b~~'],
    ['code', 'call `run(', 'call `run(`'],
    ['code that has only begun', 'call `', 'call '],
    ['the text of a link', 'see [the gui', 'see the gui'],
    ['the target of a link', 'see [the guide](https://exa', 'see the guide'],
    ['a picture', 'see ![plan](https://exa', 'see '],
    ['a list marker alone', 'one\n- ', 'one'],
    ['a heading marker alone', 'one\n\n## ', 'one\n'],
    ['a table head with half of its rule', 'x\n\n| a | b |\n| --', 'x\n'],
  ])('%s is made readable', (_, half, readable) => {
    expect(mendMarkdown(half)).toBe(readable);
  });

  test.each([
    ['plain words', 'Hello there. How are you?'],
    ['closed marks', 'a **b** and `c` and [d](https://e.f) and ~~g~~'],
    ['a check box', '- [x] done\n- [ ] open'],
    ['an open code fence', 'x\n\n```ts\nconst a = "**";\nconst b = `'],
    ['a table with its rule', '| a | b |\n| --- | --- |\n| 1 | 2'],
    ['a rule in an earlier block', 'a\n\n---\n\nb'],
    ['marks that stand in code', 'the mark `**` is bold'],
    ['snake_case and multiplication', 'a_b_c is 2 * 3'],
  ])('%s stay as they are', (_, text) => {
    expect(mendMarkdown(text)).toBe(text);
  });

  test('every beginning of an answer can be shown, and the whole of it is left alone', () => {
    const answer =
      '# Plan\n\nFirst **do** this, then `that`:\n\n1. one\n2. [two](https://a.b)\n\n| a | b |\n| --- | --- |\n| 1 | **2** |\n\n```ts\nlet x = `1`;\n```\n\nDone.';
    for (let end = 1; end < answer.length; end++) expect(typeof mendMarkdown(answer.slice(0, end))).toBe('string');
    expect(mendMarkdown(answer)).toBe(answer);
  });
});
