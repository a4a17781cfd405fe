import { z } from 'zod';
import type { AnswerPart, Usage } from '../domain/answer';
import { AgentError } from '../domain/errors';
import { createThinkFilter, type ThinkFilter } from '../domain/think';
import type { AgentBackend, Question } from './backend';
import { baseUrl } from './base-url';
import { createImageFilter, type ImageFilter, imageOfUrl } from './data-images';
import { brokenStream, contentFiltered, failureOf, wrongService } from './failures';
import { failureIn, parseJson, postJson, readBytes, readJson } from './http';
import { askerLine, messagesOf, refusedWithFiles, takenFiles } from './openai-question';
import { readEvents } from './sse';
import { createPatience, type Patience } from './timeouts';

const LONGEST_SILENCE_MS = 290_000; // fetch itself gives up after 300 s

const config = z.object({
  baseUrl: baseUrl.default('https://api.openai.com/v1').meta({
    title: 'Base URL',
    description: 'Of any service that speaks Chat Completions; usually ends in /v1.',
  }),
  apiKey: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional()
    .meta({ title: 'API key', secret: true }),
  model: z.string().trim().min(1).meta({ title: 'Model' }),
  systemPrompt: z.string().default('').meta({ title: 'System prompt' }),
  temperature: z.number().min(0).max(2).optional().meta({ title: 'Temperature' }),
  maxTokens: z.int().positive().optional().meta({ title: 'Most tokens in an answer' }),
  historyTurns: z.int().min(0).max(200).default(20).meta({ title: 'Earlier exchanges handed over' }),
  images: z
    .boolean()
    .default(true)
    .meta({ title: 'The model sees images', description: 'PNG, JPEG, WebP and GIF; turn off for models that only read.' }),
  audio: z.boolean().default(false).meta({ title: 'The model hears audio', description: 'WAV and MP3' }),
  pdf: z.boolean().default(false).meta({ title: 'The service reads PDF files' }),
  textFileKb: z.int().min(0).max(10_000).default(100).meta({ title: 'Most of a text file handed over, in KB', description: '0 = none' }),
  identity: z.enum(['none', 'id', 'full']).default('id').meta({
    title: 'What the service learns of who asks',
    description: 'id: a number of ours, the same for each user; full: also name, user name, e-mail and department, in a system line',
  }),
  firstTokenMs: z
    .int()
    .positive()
    .max(LONGEST_SILENCE_MS)
    .default(120_000)
    .meta({ title: 'Longest silence before the first word, in milliseconds' }),
  idleMs: z.int().positive().max(LONGEST_SILENCE_MS).default(60_000).meta({ title: 'Longest silence within an answer, in milliseconds' }),
});

type Config = z.infer<typeof config>;

/**
 * Chat Completions with streaming, as OpenAI, vLLM, Ollama, DeepSeek, DashScope and most gateways speak it. A stream cannot be resumed:
 * whoever asks again gets a new answer. fetch allows 10 s for the connection itself.
 */
export const openai: AgentBackend<Config> = {
  name: 'openai',
  title: { en: 'OpenAI-compatible', zh: 'OpenAI 兼容' },
  config,
  historyTurns: ({ historyTurns }) => historyTurns,
  takes: takenFiles,
  async *ask(settings, question, signal) {
    if (signal.aborted) return;
    const patience = createPatience(signal);
    try {
      for await (const part of answerOf(settings, question, patience)) {
        if (signal.aborted) return;
        yield part;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      patience.end();
    }
  },
};

async function* answerOf(settings: Config, question: Question, patience: Patience): AsyncGenerator<AnswerPart, void, undefined> {
  const url = endpoint(settings.baseUrl);
  const headers: Record<string, string> = settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` };
  const body = await requestBody(settings, question, url);
  if (patience.signal.aborted) return;
  const response = await postJson(url, headers, body, settings.firstTokenMs, patience).catch((error: unknown) => {
    throw refusedWithFiles(error, question);
  });
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('html')) throw wrongService(url.host);
  const progress = { said: false, finish: undefined, closed: false, model: settings.model, usage: {} };
  const chunks = /\bjson\b/.test(type) ? wholeAnswer(response, settings, patience) : streamedChunks(response, settings, progress, patience);
  yield* partsOf(chunks, progress, url.host);
}

/** A base URL of a bare host gets `/v1`; one that already names the whole endpoint is left as it is. */
function endpoint(base: string): URL {
  const url = new URL(base);
  const path = url.pathname.replace(/\/+$/, '');
  if (!path.endsWith('/chat/completions')) url.pathname = `${path === '' ? '/v1' : path}/chat/completions`;
  return url;
}

async function requestBody(settings: Config, question: Question, { hostname }: URL) {
  const { model, systemPrompt, temperature, maxTokens, historyTurns, identity } = settings;
  const system = identity === 'full' ? [systemPrompt, askerLine(question.asker)].filter((part) => part !== '').join('\n\n') : systemPrompt;
  return {
    model,
    messages: await messagesOf(system, question, historyTurns),
    stream: true,
    stream_options: { include_usage: true },
    ...(identity !== 'none' && { user: question.asker.id }),
    temperature,
    // OpenAI's newer models refuse the old name, everybody else knows only that.
    [hostname === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens']: maxTokens,
  };
}

const words = z.object({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  // How gateways hand over what models paint.
  images: z.array(z.object({ image_url: z.object({ url: z.string() }) })).nullish(),
});

/** One chunk of a stream, or the whole answer of a server that does not stream (`message` in place of `delta`). */
const chunkSchema = z.object({
  model: z.string().nullish(),
  choices: z.array(z.object({ delta: words.nullish(), message: words.nullish(), finish_reason: z.string().nullish() })).nullish(),
  usage: z.object({ prompt_tokens: z.number().nullish(), completion_tokens: z.number().nullish() }).nullish(),
});

type Chunk = z.infer<typeof chunkSchema>;

interface Progress {
  said: boolean;
  finish: string | undefined;
  /** `[DONE]` was said. */
  closed: boolean;
  model: string;
  usage: Usage;
}

/** Nothing but usage and the end of the stream follows a finished answer: they are not waited for any longer than this. */
const AFTER_FINISH_MS = 2000;
const AFTER_DONE_MS = 100;

async function* streamedChunks(response: Response, { firstTokenMs, idleMs }: Config, progress: Progress, patience: Patience) {
  const { host } = new URL(response.url);
  const silenceMs = () => {
    if (progress.closed) return AFTER_DONE_MS;
    if (progress.finish !== undefined) return Math.min(AFTER_FINISH_MS, idleMs);
    return progress.said ? idleMs : firstTokenMs;
  };
  try {
    for await (const { event, data } of readEvents(readBytes(response, silenceMs, patience))) {
      if (data.trim() === '[DONE]') progress.closed = true;
      else if (!progress.closed) yield chunkIn(parseJson(data), event, host);
    }
  } catch (error) {
    // What goes wrong behind a finished answer takes nothing from it.
    if (progress.finish === undefined && !progress.closed) throw error;
    if (!(error instanceof AgentError)) throw error;
  }
}

function chunkIn(body: unknown, event: string, host: string): Chunk {
  // An event of that name tells of a failure whatever it holds, with or without the `error` that others put around it.
  const told = event === 'error' ? { error: body ?? {}, ...(typeof body === 'object' ? body : {}) } : body;
  const failure = failureIn(told, host);
  if (failure) throw failure;
  const chunk = chunkSchema.safeParse(body);
  if (!chunk.success) throw brokenStream(host);
  return chunk.data;
}

/** Some servers ignore `stream: true`. */
async function* wholeAnswer(response: Response, { firstTokenMs }: Config, patience: Patience): AsyncGenerator<Chunk, void, undefined> {
  const { host } = new URL(response.url);
  const body = await readJson(response, () => firstTokenMs, patience);
  const failure = failureIn(body, host);
  if (failure) throw failure;
  const chunk = chunkSchema.safeParse(body);
  if (!chunk.success || !chunk.data.choices?.length) throw wrongService(host);
  const [choice] = chunk.data.choices;
  yield { ...chunk.data, choices: [{ ...choice, finish_reason: choice?.finish_reason ?? 'stop' }] };
}

async function* partsOf(chunks: AsyncIterable<Chunk>, progress: Progress, host: string): AsyncGenerator<AnswerPart, void, undefined> {
  const think = createThinkFilter();
  const pictures = createImageFilter();
  let painted = 0;
  for await (const { model, choices, usage } of chunks) {
    if (model) progress.model = model;
    if (usage) progress.usage = usageOf(usage.prompt_tokens, usage.completion_tokens);
    const choice = choices?.[0];
    const said = choice?.delta ?? choice?.message;
    const reasoning = said?.reasoning_content || said?.reasoning || '';
    const text = said?.content || said?.refusal || '';
    if (choice?.finish_reason) progress.finish = choice.finish_reason;
    if (reasoning !== '' || text !== '') progress.said = true;
    if (reasoning !== '') yield { kind: 'reasoning', delta: reasoning };
    if (text !== '') yield* withoutImages(think.push(text), pictures);
    for (const { image_url } of said?.images ?? []) {
      progress.said = true;
      const file = imageOfUrl(image_url.url, ++painted);
      if (file) yield { kind: 'file', file };
      else if (/^https?:/.test(image_url.url)) yield { kind: 'text', delta: `\n\n![](${image_url.url})\n\n` };
    }
  }
  if (progress.finish === undefined && !progress.closed) throw brokenStream(host);
  if (progress.finish === 'content_filter') throw contentFiltered(host);
  if (progress.finish === 'insufficient_system_resource') throw failureOf({ host, words: [progress.finish] });
  yield* withoutImages(think.end(), pictures);
  yield* pictures.end();
  yield { kind: 'usage', usage: { ...progress.usage, model: progress.model } };
  yield { kind: 'done', finish: progress.finish === 'length' ? 'length' : 'stop' };
}

function* withoutImages(parts: ReturnType<ThinkFilter['push']>, pictures: ImageFilter): Generator<AnswerPart> {
  for (const part of parts) {
    if (part.kind === 'text') yield* pictures.push(part.delta);
    else yield part;
  }
}

const usageOf = (input: number | null | undefined, output: number | null | undefined): Usage => ({
  ...(typeof input === 'number' && { inputTokens: input }),
  ...(typeof output === 'number' && { outputTokens: output }),
});
