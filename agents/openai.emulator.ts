import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the emulator answers one request. Counts of chunks are of text chunks. */
export interface Script {
  /** What the answer says, in these pieces. Default: `You said: <question>`, in pieces of four characters. */
  readonly chunks?: readonly string[];
  readonly reasoning?: readonly string[];
  /** Beside the words, in one chunk after them. */
  readonly images?: readonly unknown[];
  readonly reasoningField?: 'reasoning_content' | 'reasoning';
  /** Before the first chunk; the response's head is out by then. Default 0. */
  readonly firstDelayMs?: number;
  /** Before every further chunk. Default 0. */
  readonly delayMs?: number;
  /** The last chunk waits for this. */
  readonly lastAfter?: Promise<void>;
  /** Null: the stream ends without a finish reason. Default `stop`. */
  readonly finish?: string | null;
  /** False: no `[DONE]`. */
  readonly done?: boolean;
  /** Null: none. Default: the numbers of characters asked and said. */
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
  /** Ignores `stream: true` and answers with one JSON document. */
  readonly json?: boolean;
  /** Refuses with this status, `headers` and `body`. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Says `body` (a string as it is, all else as JSON) inside the stream after so many chunks, behind the finish where there are fewer; as `event: error` where `named`. */
  readonly error?: { readonly after: number; readonly body: unknown; readonly named?: boolean };
  /** Drops the connection after so many chunks. */
  readonly cutAfter?: number;
  /** Ends the response properly, but after so many chunks and without a finish. */
  readonly endAfter?: number;
  /** Says nothing more after so many chunks and keeps the connection; -1: not even a head. */
  readonly stallAfter?: number;
  /** Writes the stream in pieces of so many bytes. */
  readonly splitBytes?: number;
  /** Comment lines in this rhythm, from the head to the end. */
  readonly keepAliveMs?: number;
  /** Keeps the connection open after the last byte. */
  readonly lingers?: boolean;
}

/** The JSON as it came, as far as it is looked into. */
interface ChatRequest {
  readonly model?: string;
  readonly user?: string;
  /** The content is a text or, with files, a list of parts. */
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
}

export interface RecordedRequest {
  /** The last user message. */
  readonly question: string;
  readonly body: ChatRequest;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Times in milliseconds since the epoch. One of the last two is set once the request is over. */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The client went away before it had everything. */
  readonly abortedAt?: number;
}

export interface OpenAiEmulator {
  /** For `baseUrl`, ends in `/v1`. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** How many requests are being answered. */
  open(): number;
  /** How to answer from now on; called for each request. */
  script(answer: (question: string, request: RecordedRequest) => Script): void;
  close(): Promise<void>;
}

type Draft = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

/** A Chat Completions service on loopback. With `apiKey` it refuses every other key. Other processes need only its `url`. */
export async function startOpenAiEmulator(
  options: { readonly apiKey?: string; readonly script?: (question: string) => Script } = {},
): Promise<OpenAiEmulator> {
  const requests: Draft[] = [];
  let answer: (question: string, request: RecordedRequest) => Script = options.script ?? (() => ({}));
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readBody(request);
      if (request.method !== 'POST' || request.url?.split('?')[0] !== '/v1/chat/completions')
        return refuse(response, 404, { error: { message: 'Not found' } });
      const draft: Draft = { question: lastQuestion(body), body, headers: request.headers, startedAt: Date.now() };
      requests.push(draft);
      const gone = watch(response, draft);
      if (options.apiKey !== undefined && request.headers.authorization !== `Bearer ${options.apiKey}`) {
        return refuse(response, 401, {
          error: { message: `Incorrect API key provided: ${request.headers.authorization}`, code: 'invalid_api_key' },
        });
      }
      await play(answer(draft.question, draft), draft, response, gone);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    open: () => requests.filter(({ endedAt, abortedAt }) => endedAt === undefined && abortedAt === undefined).length,
    script: (next) => {
      answer = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function watch(response: ServerResponse, draft: Draft): AbortSignal {
  const controller = new AbortController();
  response.on('close', () => {
    if (response.writableFinished) draft.endedAt = Date.now();
    else draft.abortedAt = Date.now();
    controller.abort();
  });
  return controller.signal;
}

async function play(script: Script, { question, body }: RecordedRequest, response: ServerResponse, gone: AbortSignal): Promise<void> {
  if (script.status !== undefined)
    return refuse(response, script.status, script.body ?? { error: { message: 'as scripted' } }, script.headers);
  if (script.stallAfter === -1) return;
  const chunks = script.chunks ?? `You said: ${question}`.match(/.{1,4}/gsu) ?? [];
  const head = { id: 'chatcmpl-1', created: 1, model: `${body.model}-emulated` };
  const usage = script.usage === undefined ? { prompt_tokens: question.length, completion_tokens: chunks.join('').length } : script.usage;
  if (script.json) {
    await sleep(script.firstDelayMs ?? 0);
    const message = { role: 'assistant', content: chunks.join(''), reasoning_content: script.reasoning?.join('') };
    return refuse(response, 200, {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: script.finish ?? 'stop' }],
      usage,
    });
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).flushHeaders();
  const beat = script.keepAliveMs === undefined ? undefined : setInterval(() => response.write(': keep-alive\n\n'), script.keepAliveMs);
  gone.addEventListener('abort', () => clearInterval(beat));
  const write = (lines: string) => writeSplit(response, `${lines}\n\n`, script.splitBytes);
  const say = (choices: readonly unknown[], more = {}) =>
    write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...more })}`);
  const delta = (words: object, finish: string | null = null) => say([{ index: 0, delta: words, finish_reason: finish }]);

  await delta({ role: 'assistant', content: '' });
  for (const piece of script.reasoning ?? []) await delta({ [script.reasoningField ?? 'reasoning_content']: piece });
  for (let said = 0; said <= chunks.length; said++) {
    if (script.error?.after === said) await write(errorLines(script.error));
    if (script.cutAfter === said) return void response.destroy();
    if (script.endAfter === said) return void response.end();
    if (script.stallAfter === said) return;
    if (said === chunks.length) break;
    const delayMs = (said === 0 ? script.firstDelayMs : script.delayMs) ?? 0;
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: gone });
    if (said === chunks.length - 1) await script.lastAfter;
    if (gone.aborted) return;
    await delta({ content: chunks[said] });
  }
  if (script.images) await delta({ images: script.images });
  if (script.finish !== null) await delta({}, script.finish ?? 'stop');
  if (script.error && script.error.after > chunks.length) await write(errorLines(script.error));
  if (usage !== null) await say([], { usage });
  if (script.done !== false) await write('data: [DONE]');
  clearInterval(beat);
  if (!script.lingers) response.end();
}

const errorLines = ({ body, named }: NonNullable<Script['error']>): string =>
  `${named ? 'event: error\n' : ''}data: ${typeof body === 'string' ? body : JSON.stringify(body)}`;

async function writeSplit(response: ServerResponse, text: string, size: number | undefined): Promise<void> {
  const bytes = Buffer.from(text);
  if (size === undefined) return void response.write(bytes);
  for (let at = 0; at < bytes.length; at += size) {
    response.write(bytes.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function refuse(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}

async function readBody(request: IncomingMessage): Promise<ChatRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}');
}

function lastQuestion({ messages = [] }: Partial<ChatRequest>): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  if (!Array.isArray(content)) return String(content);
  return content.flatMap(({ text }: { text?: string }) => (text === undefined ? [] : [text])).join('\n');
}
