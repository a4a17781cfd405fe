import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Answer, type AnswerPart, emptyAnswer, extend } from '../domain/answer';
import { AgentError } from '../domain/errors';
import type { AnyBackend, Exchange, Question } from './backend';

/** What a backend's test prepares for the contract: the service on loopback, or nothing where the backend needs none. */
export interface Stage {
  /** Settings that reach the service, secrets included. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Prepares an answer of exactly this text and resolves with the question that gets it. */
  say(text: string): Scene;
  /** Prepares an answer that goes on for at least 5 s, with some words within its first 100 ms. */
  talk(): Scene;
  /** Prepares a failure. Left out where nothing can fail. */
  fail?(fault: Fault): Scene;
  /** What the service was given last. Left out where there is no service. */
  heard?(): { readonly question: string; readonly history: readonly Exchange[]; readonly asker: string } | undefined;
  /** How many requests the service is answering. Left out where there is no service. */
  open?(): number;
  close(): Promise<void>;
}

export interface Scene {
  readonly question: string;
  /** Laid over the stage's settings. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export type Fault =
  | 'rate_limited'
  | 'timeout'
  | 'unreachable'
  | 'server_error'
  | 'bad_credentials'
  | 'refused'
  | 'broken_stream'
  | 'content_filter';

const faults: readonly (readonly [Fault, boolean])[] = [
  ['rate_limited', true],
  ['timeout', true],
  ['unreachable', true],
  ['server_error', true],
  ['broken_stream', true],
  ['bad_credentials', false],
  ['refused', false],
  ['content_filter', false],
];

const texts: readonly (readonly [string, string])[] = [
  ['plain words', 'Hello, world.'],
  ['Chinese', '你好，世界。这是一段比较长的中文回答，用来检查多字节字符。'],
  ['emoji', 'a👍🏽b👨‍👩‍👧‍👦c🇨🇳'],
  ['Markdown', '# Title\n\n- one\n- **two**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst x = `$' + '{y}`;\n```\n'],
  ['white space', '  two spaces\n\n\n\tand a tab  '],
];

/** Asks and gives every part; `until` may leave early. */
export async function collect(parts: AsyncIterable<AnswerPart>, until: (parts: readonly AnswerPart[]) => boolean = () => false) {
  const said: AnswerPart[] = [];
  for await (const part of parts) {
    said.push(part);
    if (until(said)) break;
  }
  return said;
}

export const answerIn = (parts: readonly AnswerPart[]): Answer => parts.reduce(extend, emptyAnswer);

export const questionOf = (text: string, more: Partial<Question> = {}): Question => ({
  turnId: '00000000-0000-4000-8000-000000000001',
  sessionId: '00000000-0000-4000-8000-000000000002',
  text,
  attachments: [],
  asker: { id: 'ou_asker' },
  history: [],
  ...more,
});

/** The promises every backend keeps, said as tests. */
export function describeBackend({ backend, start }: { readonly backend: AnyBackend; readonly start: () => Promise<Stage> }): void {
  let stage: Stage;
  const ask = ({ question, config }: Scene, signal: AbortSignal = new AbortController().signal, more: Partial<Question> = {}) =>
    backend.ask(backend.config.parse({ ...stage.config, ...config }), questionOf(question, more), signal);

  describe(`${backend.name}: the contract of a backend`, () => {
    beforeAll(async () => {
      stage = await start();
    });
    afterAll(() => stage.close());

    it('describes its settings as a JSON Schema', () => {
      expect(z.toJSONSchema(backend.config, { io: 'input' })).toMatchObject({ type: 'object' });
      expect(backend.title.en && backend.title.zh).toBeTruthy();
      expect(backend.historyTurns(backend.config.parse(stage.config))).toBeGreaterThanOrEqual(0);
    });

    it.each(texts)('says %s exactly', async (_name, text) => {
      expect(answerIn(await collect(ask(stage.say(text)))).text).toBe(text);
    });

    it('ends with done, once, and says nothing after it', async () => {
      const kinds = (await collect(ask(stage.say('Hello')))).map(({ kind }) => kind);
      expect(kinds.at(-1)).toBe('done');
      expect(kinds.filter((kind) => kind === 'done')).toHaveLength(1);
    });

    it('says words while the answer is still being made', async () => {
      const begun = Date.now();
      const parts = await collect(ask(stage.talk()), (said) => answerIn(said).text !== '');
      expect(answerIn(parts).text).not.toBe('');
      expect(Date.now() - begun).toBeLessThan(2000);
    });

    it('stops within 200 ms, without done, when the asker no longer wants the answer', async () => {
      const asker = new AbortController();
      const said: AnswerPart[] = [];
      let abortedAt = 0;
      for await (const part of endsOrThrows(ask(stage.talk(), asker.signal))) {
        said.push(part);
        if (said.length === 1) {
          setTimeout(() => {
            abortedAt = Date.now();
            asker.abort();
          }, 30);
        }
      }
      expect(Date.now() - abortedAt).toBeLessThan(200);
      expect(said.map(({ kind }) => kind)).not.toContain('done');
      await expectLetGo(stage);
    });

    it('asks nobody when it was aborted before', async () => {
      expect(await collect(endsOrThrows(ask(stage.talk(), AbortSignal.abort())))).toEqual([]);
      await expectLetGo(stage);
    });

    it('lets go of the service when the reader leaves early', async () => {
      await collect(ask(stage.talk()), () => true);
      await expectLetGo(stage);
    });

    it('hands over the earlier exchanges in their order, and who asks', async () => {
      const history: readonly Exchange[] = [
        { question: '第一个问题', answer: 'first' },
        { question: 'second question', answer: '第二' },
      ];
      const scene = stage.say('third');
      await collect(ask(scene, undefined, { history }));
      if (stage.heard) expect(stage.heard()).toEqual({ question: scene.question, history, asker: 'ou_asker' });
    });

    it.each(faults)('says %s as an AgentError (retryable: %s) that quotes nothing', async (code, retryable) => {
      if (!stage.fail) return;
      const scene = stage.fail(code);
      const parts: AnswerPart[] = [];
      const failure = await (async () => {
        for await (const part of ask(scene)) parts.push(part);
      })().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(AgentError);
      expect(failure).toMatchObject({ code, retryable });
      expect(parts.map(({ kind }) => kind)).not.toContain('done');
      const shown = JSON.stringify([String(failure), failure instanceof Error ? [failure.stack, String(failure.cause)] : []]);
      for (const secret of [scene.question, stage.config.apiKey].filter((value) => typeof value === 'string'))
        expect(shown).not.toContain(secret);
      await expectLetGo(stage);
    });
  });
}

/** On abort a backend may end or throw. */
async function* endsOrThrows(parts: AsyncIterable<AnswerPart>) {
  try {
    yield* parts;
  } catch {
    // Either is right.
  }
}

async function expectLetGo({ open }: Stage): Promise<void> {
  for (let waited = 0; open !== undefined && open() > 0 && waited < 200; waited += 10) await sleep(10);
  expect(open?.() ?? 0).toBe(0);
}
