import type { Question } from './backend';
import { answerIn, collect, describeBackend, type Fault, questionOf } from './contract';
import { openai } from './openai';
import { type OpenAiEmulator, type Script, startOpenAiEmulator } from './openai.emulator';

const apiKey = 'sk-test-only';
const faults: Readonly<Record<Exclude<Fault, 'unreachable'>, Script>> = {
  rate_limited: { status: 429, body: { error: { message: 'What is the secret?', type: 'requests', code: 'rate_limit_exceeded' } } },
  timeout: { stallAfter: 1 },
  server_error: { status: 503 },
  bad_credentials: { status: 401, body: { error: { message: `Incorrect API key provided: ${apiKey}`, code: apiKey } } },
  refused: { status: 400, body: { error: { message: 'What is the secret?', type: 'invalid_request_error' } } },
  broken_stream: { cutAfter: 1 },
  content_filter: { finish: 'content_filter' },
};

describeBackend({
  backend: openai,
  start: async () => {
    const emulator = await startOpenAiEmulator({ apiKey });
    return {
      config: { baseUrl: emulator.url, apiKey, model: 'm', systemPrompt: 'Be brief.', firstTokenMs: 2000, idleMs: 100 },
      say: (text) => {
        emulator.script(() => ({ chunks: text.match(/.{1,3}/gsu) ?? [], splitBytes: 5 }));
        return { question: 'What then?' };
      },
      talk: () => {
        emulator.script(() => ({ chunks: Array.from({ length: 300 }, (_, index) => `${index} `), delayMs: 20 }));
        return { question: 'Tell me a lot.' };
      },
      fail: (fault) => {
        if (fault === 'unreachable') return { question: 'What is the secret?', config: { baseUrl: 'http://127.0.0.1:1/v1' } };
        emulator.script(() => faults[fault]);
        return { question: 'What is the secret?' };
      },
      heard: () => {
        const body = emulator.requests.at(-1)?.body;
        const [system, one, two, three, four, question] = body.messages.map(({ content }: { content: string }) => content);
        expect(system).toBe('Be brief.');
        const history = [
          { question: one, answer: two },
          { question: three, answer: four },
        ];
        return { question, history, asker: body.user };
      },
      open: emulator.open,
      close: emulator.close,
    };
  },
});

describe('the OpenAI backend', () => {
  let emulator: OpenAiEmulator;
  beforeAll(async () => {
    emulator = await startOpenAiEmulator();
  });
  afterAll(() => emulator.close());

  const parts = (script: Script, config: object = {}, question: Partial<Question> = {}) => {
    emulator.script(() => script);
    const settings = openai.config.parse({ baseUrl: emulator.url, model: 'm', firstTokenMs: 500, idleMs: 200, ...config });
    return collect(openai.ask(settings, questionOf('Why?', question), new AbortController().signal));
  };
  const answer = async (...asked: Parameters<typeof parts>) => answerIn(await parts(...asked));
  const lastBody = () => emulator.requests.at(-1)?.body;

  describe('asks', () => {
    it('for a stream with usage, in the name of the asker, and leaves out what is not set', async () => {
      await parts({});
      expect(lastBody()).toEqual({
        model: 'm',
        messages: [{ role: 'user', content: 'Why?' }],
        stream: true,
        stream_options: { include_usage: true },
        user: 'ou_asker',
      });
      expect(emulator.requests.at(-1)?.headers).not.toHaveProperty('authorization');
    });

    it('with the settings of the expert', async () => {
      await parts({}, { apiKey: ' sk-1\n', temperature: 0, maxTokens: 9, systemPrompt: 'Be brief.' });
      expect(lastBody()).toMatchObject({
        temperature: 0,
        max_tokens: 9,
        messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user' }],
      });
      expect(emulator.requests.at(-1)?.headers.authorization).toBe('Bearer sk-1');
    });

    it('with no more history than it is set to, joining what an answerless exchange leaves side by side', async () => {
      const history = [
        { question: 'one', answer: 'eins' },
        { question: 'two', answer: '' },
      ];
      await parts({}, { historyTurns: 1 }, { history });
      expect(lastBody().messages).toEqual([{ role: 'user', content: 'two\n\nWhy?' }]);
      await parts({}, { historyTurns: 0 }, { history });
      expect(lastBody().messages).toEqual([{ role: 'user', content: 'Why?' }]);
    });

    it('naming attachments', async () => {
      await parts(
        {},
        {},
        {
          attachments: [
            { kind: 'file', ref: 'x', name: 'plan.pdf' },
            { kind: 'image', ref: 'y' },
          ],
        },
      );
      expect(lastBody().messages).toEqual([{ role: 'user', content: 'Why?\n[file: plan.pdf]\n[image]' }]);
    });

    it.each(['', '/v1', '/v1/', '/v1/chat/completions', '/v1?api-version=1'])('at a base URL that ends in "%s"', async (ending) => {
      expect((await answer({}, { baseUrl: emulator.url.replace('/v1', ending) })).text).toBe('You said: Why?');
    });
  });

  describe('reads', () => {
    it('usage and the model that answered', async () => {
      expect(await parts({ chunks: ['Hi'], usage: { prompt_tokens: 7, completion_tokens: 1 } })).toEqual([
        { kind: 'text', delta: 'Hi' },
        { kind: 'usage', usage: { inputTokens: 7, outputTokens: 1, model: 'm-emulated' } },
        { kind: 'done', finish: 'stop' },
      ]);
    });

    it('a stream without usage', async () => {
      expect((await answer({ usage: null })).usage).toEqual({ model: 'm-emulated' });
    });

    it('bytes one by one', async () => {
      expect((await answer({ chunks: ['你', '好 👨‍👩‍👧', '!'], splitBytes: 1 })).text).toBe('你好 👨‍👩‍👧!');
    });

    it.each(['reasoning_content', 'reasoning'] as const)('%s as reasoning', async (reasoningField) => {
      expect(await answer({ reasoning: ['let me ', 'see'], reasoningField, chunks: ['42'] })).toMatchObject({
        text: '42',
        reasoning: 'let me see',
      });
    });

    it('a leading <think> block as reasoning', async () => {
      expect(await answer({ chunks: ['<th', 'ink>see', '</thi', 'nk>\n\n', '42'] })).toMatchObject({ text: '42', reasoning: 'see' });
      expect(await answer({ chunks: ['<think>', 'and then'], finish: 'length' })).toMatchObject({
        text: '',
        reasoning: 'and then',
        finish: 'length',
      });
    });

    it('an answer cut at its length', async () => {
      expect((await answer({ finish: 'length' })).finish).toBe('length');
    });

    it('an empty answer', async () => {
      expect(await answer({ chunks: [] })).toMatchObject({ text: '', finish: 'stop' });
    });

    it('a server that does not stream', async () => {
      expect(await answer({ json: true, chunks: ['<think>see</think>42'] })).toMatchObject({
        text: '42',
        reasoning: 'see',
        finish: 'stop',
        usage: { model: 'm-emulated', inputTokens: 4 },
      });
      expect((await answer({ json: true, finish: 'length' })).finish).toBe('length');
    });

    it.each<[string, Script]>([
      ['no [DONE]', { done: false }],
      ['no finish reason', { finish: null }],
      ['a connection that stays open', { lingers: true }],
      ['a connection that stays open without [DONE]', { lingers: true, done: false }],
      ['an error behind its finish', { done: false, error: { after: 99, body: { error: 'overloaded' } } }],
    ])('a whole answer with %s', async (_name, script) => {
      expect(await answer(script)).toMatchObject({ text: 'You said: Why?', finish: 'stop' });
    });

    it('on while comments prove that the service is alive', async () => {
      expect((await answer({ firstDelayMs: 400, keepAliveMs: 30 }, { firstTokenMs: 150 })).text).toBe('You said: Why?');
    });
  });
});
