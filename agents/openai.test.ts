import type { AskedFile, Question } from './backend';
import { answerIn, collect, describeBackend, type Fault, questionOf } from './contract';
import { openai } from './openai';
import { type OpenAiEmulator, type Script, startOpenAiEmulator } from './openai.emulator';

const apiKey = 'sk-test-only';
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
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
        const { messages, user } = emulator.requests.at(-1)!.body;
        const [system, one = '', two = '', three = '', four = '', question = ''] = messages.map(({ content }) => String(content));
        expect(system).toBe('Be brief.');
        const history = [
          { question: one, answer: two },
          { question: three, answer: four },
        ];
        return { question, history, asker: user ?? '' };
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
  const lastBody = () => emulator.requests.at(-1)!.body;

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

    describe('with files,', () => {
      const file = (name: string, mime: string, bytes: string | Buffer, kind: AskedFile['kind'] = 'file'): AskedFile => {
        const data = Buffer.from(bytes);
        return { kind, ref: 'x', name, mime, size: data.length, read: async () => data };
      };
      const png = file('a.png', 'image/png', 'png', 'image');

      it('taking what the settings say', () => {
        const types = (config: object) => openai.takes!(openai.config.parse({ model: 'm', ...config })).map(({ type }) => type);
        expect(types({})).toEqual(['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'text/*']);
        expect(types({ images: false, textFileKb: 0 })).toEqual([]);
        expect(types({ images: false, audio: true, pdf: true })).toEqual(['audio/wav', 'audio/mpeg', 'application/pdf', 'text/*']);
      });

      it('images, sounds and documents as data, behind the words that name them', async () => {
        const attachments = [png, file('b.mp3', 'audio/mpeg', 'mp3', 'audio'), file('c.pdf', 'application/pdf', 'pdf')];
        await parts({}, {}, { attachments });
        expect(lastBody().messages).toEqual([
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Why?\n[image: a.png]\n[audio: b.mp3]\n[file: c.pdf]' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,cG5n' } },
              { type: 'input_audio', input_audio: { data: 'bXAz', format: 'mp3' } },
              { type: 'file', file: { filename: 'c.pdf', file_data: 'data:application/pdf;base64,cGRm' } },
            ],
          },
        ]);
      });

      it('texts as words, in a fence they cannot leave', async () => {
        await parts({}, {}, { attachments: [file('notes.md', 'text/markdown', '# a\n````\nb\n')], text: '' });
        expect(lastBody().messages).toEqual([{ role: 'user', content: '[file: notes.md]\n`````\n# a\n````\nb\n`````' }]);
      });

      it('joined to a question that was never answered', async () => {
        await parts({}, {}, { attachments: [png], history: [{ question: 'one', answer: '' }] });
        expect(lastBody().messages).toMatchObject([{ content: [{ text: 'one\n\nWhy?\n[image: a.png]' }, { type: 'image_url' }] }]);
      });

      it('telling the admin where to look when the model refuses them', async () => {
        const refused = { status: 400, body: { error: { type: 'invalid_request_error' } } };
        await expect(parts(refused, {}, { attachments: [png] })).rejects.toMatchObject({
          message: expect.stringMatching(/turn off images/),
        });
        await expect(parts(refused)).rejects.toMatchObject({ message: expect.not.stringMatching(/turn off images/) });
      });
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

    it('images that the model paints into its words, wherever the pieces break', async () => {
      const said = await parts({ chunks: ['Look: ![a ring](data:image/p', 'ng;base64,', PIXEL.slice(0, 9), `${PIXEL.slice(9)}) so`] });
      expect(said.map((part) => (part.kind === 'file' ? [part.file.kind, part.file.name] : part.kind === 'text' && part.delta))).toEqual(
        expect.arrayContaining([['image', 'a ring.png'], '[a ring.png]']),
      );
      expect(answerIn(said).text).toBe('Look: [a ring.png] so');
    });

    it('images that gateways hand over beside the words', async () => {
      const images = [{ image_url: { url: `data:image/png;base64,${PIXEL}` } }, { image_url: { url: 'https://img.example/b.png' } }];
      const said = await parts({ chunks: ['Look:'], images });
      expect(said).toContainEqual({ kind: 'file', file: expect.objectContaining({ name: 'image-1.png', mime: 'image/png' }) });
      expect(answerIn(said).text).toBe('Look:\n\n![](https://img.example/b.png)\n\n');
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
