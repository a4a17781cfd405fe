import { answerIn, collect, describeBackend, questionOf } from './contract';
import { echo } from './echo';

describeBackend({
  backend: echo,
  start: async () => ({
    config: {},
    say: (text) => ({ question: `echo: ${text}` }),
    talk: () => ({ question: 'count to 1000', config: { chunkMs: 10 } }),
    close: async () => {},
  }),
});

const ask = async (text: string, config: object = { chunkMs: 0 }) =>
  answerIn(await collect(echo.ask(echo.config.parse(config), questionOf(text), new AbortController().signal)));

describe('the echo demo', () => {
  it('repeats every line of the question and says what it is', async () => {
    const { text, usage } = await ask('How do I\nbegin?');
    expect(text).toMatch(/^This is Parley's \*\*echo demo\*\*/);
    expect(text).toContain('\n> How do I\n> begin?\n');
    expect(usage).toEqual({ model: 'echo' });
  });

  it('answers Chinese in Chinese', async () => {
    expect((await ask('怎么开始？')).text).toMatch(/^这是 Parley 的\*\*回声演示\*\*[\s\S]+> 怎么开始？/);
  });

  it('gives the same answer to the same question', async () => {
    expect(await ask('Again 👍🏽', { chunkMs: 0, chunkChars: 1 })).toEqual(await ask('Again 👍🏽', { chunkMs: 0, chunkChars: 7 }));
  });

  it('thinks aloud and takes two steps when it looks something up', async () => {
    const { reasoning, steps, text } = await ask('Look up: travel rules');
    expect(reasoning).toContain('travel rules');
    expect(steps.map(({ title, status }) => `${title} ${status}`)).toEqual(['Search: travel rules done', 'Check 3 results done']);
    expect(text).toContain('> Look up: travel rules');
  });

  it('counts, a line for each piece', async () => {
    expect((await ask('count to 3')).text).toBe('1\n2\n3');
  });

  it('treats a count that is too large, or more than a count, as any other question', async () => {
    expect((await ask('count to 99999')).text).toContain('> count to 99999');
    expect((await ask('please count to 3')).text).toContain('> please count to 3');
  });

  it('takes a full-width colon and many lines for exact words, and may say nothing', async () => {
    expect((await ask('echo：一\n二')).text).toBe('一\n二');
    expect(await ask('echo:')).toMatchObject({ text: '', finish: 'stop' });
  });

  it('stretches an answer to the seconds it was given', async () => {
    const begun = Date.now();
    await ask('count to 10', { seconds: 0.3 });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(280);
    expect(Date.now() - begun).toBeLessThan(1500);
  });
});
