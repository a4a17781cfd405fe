import type { ZodType } from 'zod';
import type { AnswerPart } from '../domain/answer';
import type { Attachment } from '../domain/event';
import type { LocalizedText } from '../domain/language';

/** One kind of AI service. Each file in `agents/` exports exactly one. */
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
}

export interface Question {
  /** Constant over all attempts of a turn: an idempotency key where the service takes one. */
  readonly turnId: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly asker: { readonly id: string; readonly name?: string };
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
