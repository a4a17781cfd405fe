import type { ZodType } from 'zod';
import type { AnswerPart } from '../domain/answer';
import type { Attachment } from '../domain/event';
import type { LocalizedText } from '../domain/language';
import type { Asker } from '../domain/person';

/** One kind of AI service. `agents/index.ts` lists those that come with Parley; packages may bring others. */
export interface AgentBackend<Config = unknown> {
  readonly name: string;
  readonly title: LocalizedText;
  /** Checks the settings and draws the form; secrets carry `.meta({ secret: true })`. */
  readonly config: ZodType<Config>;
  /**
   * Asks once; the parts are said in order and end with `done`. Throws an AgentError.
   * Never retries by itself: whoever calls decides. Stops promptly when `signal` aborts (the iterator then simply ends or throws).
   */
  ask(config: Config, question: Question, signal: AbortSignal): AsyncIterable<AnswerPart>;
  /** How many earlier exchanges the backend wants. */
  historyTurns(config: Config): number;
  /** The files it takes as data; absent = none. What it does not take is said in words, in `question.text` and to the person. */
  takes?(config: Config): readonly TakenFiles[];
}

export interface TakenFiles {
  /** Their media type; `*` stands for anything: `image/png`, `text/*`. Every readable text comes as `text/…`, in UTF-8. */
  readonly type: string;
  /** Larger ones are left out; of a text only the beginning is handed over. */
  readonly maxBytes?: number;
}

/** A file that came with the question, of a type the backend takes. */
export interface AskedFile extends Attachment {
  readonly name: string;
  /** As the bytes look, whatever was claimed. */
  readonly mime: string;
  readonly size: number;
  /** May be called again; rejects with an AppError while the files cannot be reached. */
  read(): Promise<Buffer>;
}

export interface Question {
  /** Constant over all attempts of a turn: an idempotency key where the service takes one. */
  readonly turnId: string;
  /** What was said, quotes and what attachments say in words included. */
  readonly text: string;
  /** Only what `takes` asked for. */
  readonly attachments: readonly AskedFile[];
  readonly asker: Asker;
  readonly history: readonly Exchange[];
  /** Constant for the session. */
  readonly sessionId: string;
}

export interface Exchange {
  readonly question: string;
  readonly answer: string;
}

// biome-ignore lint/suspicious/noExplicitAny: each backend's settings are checked by its own schema before they reach it
export type AnyBackend = AgentBackend<any>;
