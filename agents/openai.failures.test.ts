import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentError } from '../domain/errors';
import { answerIn, collect, questionOf } from './contract';
import { openai } from './openai';
import { type OpenAiEmulator, type Script, startOpenAiEmulator } from './openai.emulator';

describe('the OpenAI backend fails', () => {
  let emulator: OpenAiEmulator;
  beforeAll(async () => {
    emulator = await startOpenAiEmulator();
  });
  afterAll(() => emulator.close());

  const parts = (script: Script, config: object = {}) => {
    emulator.script(() => script);
    const settings = openai.config.parse({ baseUrl: emulator.url, model: 'm', firstTokenMs: 500, idleMs: 200, ...config });
    return collect(openai.ask(settings, questionOf('Why?'), new AbortController().signal));
  };
  const answer = async (...asked: Parameters<typeof parts>) => answerIn(await parts(...asked));
  const failure = async (...asked: Parameters<typeof parts>): Promise<AgentError> => {
    const error = await parts(...asked).catch((thrown: unknown) => thrown);
    if (error instanceof AgentError) return error;
    throw new Error(`expected an AgentError, got ${String(error)}`);
  };

  it.each<[string, Script, object]>([
    ['429 with seconds', { status: 429, headers: { 'retry-after': '7' } }, { code: 'rate_limited', retryable: true, retryAfterMs: 7000 }],
    ['429 with milliseconds', { status: 429, headers: { 'retry-after-ms': '1500' } }, { code: 'rate_limited', retryAfterMs: 1500 }],
    ['429 with a date gone by', { status: 429, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } }, { retryAfterMs: 0 }],
    ['429 without a time', { status: 429 }, { code: 'rate_limited', retryable: true, retryAfterMs: undefined }],
    ['429 for an empty account', { status: 429, body: { error: { code: 'insufficient_quota' } } }, { code: 'refused', retryable: false }],
    ['500', { status: 500, body: 'no json' }, { code: 'server_error', retryable: true }],
    ['503 with seconds', { status: 503, headers: { 'retry-after': '2' } }, { code: 'server_error', retryAfterMs: 2000 }],
    ['408', { status: 408 }, { code: 'timeout', retryable: true }],
    ['401', { status: 401 }, { code: 'bad_credentials', retryable: false }],
    ['403', { status: 403 }, { code: 'bad_credentials', retryable: false }],
    ['402', { status: 402 }, { code: 'refused', retryable: false }],
    ['400', { status: 400 }, { code: 'refused', retryable: false }],
    ['400 of a content filter', { status: 400, body: { error: { code: 'content_filter' } } }, { code: 'content_filter', retryable: false }],
    ['400 in camel case', { status: 400, body: { code: 'DataInspectionFailed' } }, { code: 'content_filter' }],
    [
      'a question too long',
      { status: 400, body: { error: { code: 'context_length_exceeded' } } },
      { code: 'refused', message: expect.stringContaining('historyTurns') },
    ],
    ['404', { status: 404 }, { code: 'refused', retryable: false, message: expect.stringMatching(/baseUrl.*model/) }],
    [
      'a redirect',
      { status: 307, headers: { location: 'http://169.254.169.254/' } },
      { code: 'refused', message: expect.stringContaining('baseUrl') },
    ],
    [
      'a web page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      { code: 'refused', message: expect.stringContaining('baseUrl') },
    ],
    ['another JSON service', { status: 200, body: { hello: 1 } }, { code: 'refused', message: expect.stringContaining('baseUrl') }],
    ['an error as 200', { status: 200, body: { error: { message: 'x', code: 'rate_limit_exceeded' } } }, { code: 'rate_limited' }],
  ])('on %s', async (_name, script, expected) => {
    expect(await failure(script)).toMatchObject(expected);
  });

  it('with a time that a date tells', async () => {
    const { retryAfterMs } = await failure({ status: 429, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } });
    expect(retryAfterMs).toBeGreaterThan(55_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it.each<[string, NonNullable<Script['error']>['body'], object]>([
    ['an object', { error: { message: 'x', type: 'server_error' } }, { code: 'server_error', retryable: true }],
    ['a string', { error: 'overloaded' }, { code: 'server_error', retryable: true }],
    ['a status', { error: { code: 429, message: 'x' } }, { code: 'rate_limited', retryable: true }],
    ['a status in words', { error: { code: '401' } }, { code: 'bad_credentials', retryable: false }],
    ["vLLM's shape", { object: 'error', message: 'x', type: 'BadRequestError', code: 400 }, { code: 'refused', retryable: false }],
  ])('on an error inside a 200 stream: %s', async (_name, body, expected) => {
    expect(await failure({ error: { after: 2, body } })).toMatchObject(expected);
  });

  it('on an error event', async () => {
    expect(await failure({ error: { after: 1, named: true, body: { message: 'x', code: 'rate_limit_exceeded' } } })).toMatchObject({
      code: 'rate_limited',
    });
    expect(await failure({ error: { after: 1, named: true, body: 'x' } })).toMatchObject({ code: 'server_error' });
  });

  it.each<[string, Script, string]>([
    ['a connection cut before the first word', { cutAfter: 0 }, 'broken_stream'],
    ['a connection cut in the middle', { cutAfter: 2 }, 'broken_stream'],
    ['an end without a finish', { endAfter: 2 }, 'broken_stream'],
    ['an end without a finish or [DONE]', { finish: null, done: false }, 'broken_stream'],
    ['what is no JSON', { error: { after: 1, body: '{"choi' } }, 'broken_stream'],
    ['what is no chunk', { error: { after: 1, body: ['a', 'list'] } }, 'broken_stream'],
    ['no head', { stallAfter: -1 }, 'timeout'],
    ['no first word', { stallAfter: 0 }, 'timeout'],
    ['silence in the middle', { stallAfter: 2 }, 'timeout'],
    ['a server short of resources', { finish: 'insufficient_system_resource' }, 'server_error'],
  ])('on %s, to be tried again', async (_name, script, code) => {
    expect(await failure(script)).toMatchObject({ code, retryable: true });
  });

  it('with a time limit of its own for the first word', async () => {
    expect((await answer({ firstDelayMs: 150 }, { firstTokenMs: 1000, idleMs: 50 })).text).toBe('You said: Why?');
    expect(await failure({ delayMs: 150 }, { firstTokenMs: 1000, idleMs: 50 })).toMatchObject({ code: 'timeout' });
  });

  it('on a server that speaks no HTTP', async () => {
    const server = createServer().on('connection', (socket) => socket.end('SSH-2.0\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await failure({}, { baseUrl: `http://127.0.0.1:${port}` })).toMatchObject({ code: 'unreachable', retryable: true });
    server.close();
  });

  it('never counting the time its reader takes', async () => {
    emulator.script(() => ({ chunks: ['a', 'b', 'c'], delayMs: 20 }));
    const settings = openai.config.parse({ baseUrl: emulator.url, model: 'm', idleMs: 100 });
    let text = '';
    for await (const part of openai.ask(settings, questionOf('Why?'), new AbortController().signal)) {
      if (part.kind === 'text') text += part.delta;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(text).toBe('abc');
  });
});
