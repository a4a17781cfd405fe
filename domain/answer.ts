import type { CardAction } from './event';
import type { Language } from './language';

export interface Step {
  readonly id: string;
  readonly title: string;
  readonly status: 'running' | 'done' | 'failed';
  /** How long it took, once it is over. */
  readonly seconds?: number;
}

export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly model?: string;
}

/** Something an expert made, to be sent after its words. */
export interface AnswerFile {
  readonly kind: 'image' | 'file';
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
}

/** One thing an expert says while it answers; a stream of them ends with `done`, or throws. */
export type AnswerPart =
  | { readonly kind: 'text'; readonly delta: string }
  | { readonly kind: 'replace'; readonly text: string }
  | { readonly kind: 'reasoning'; readonly delta: string }
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'file'; readonly file: AnswerFile }
  | { readonly kind: 'usage'; readonly usage: Usage }
  | { readonly kind: 'done'; readonly finish: 'stop' | 'length' };

export interface Answer {
  readonly text: string;
  readonly reasoning: string;
  readonly steps: readonly Step[];
  readonly usage: Usage;
  readonly finish?: 'stop' | 'length';
}

export const emptyAnswer: Answer = { text: '', reasoning: '', steps: [], usage: {} };

/** The answer with one more part of it. */
export function extend(answer: Answer, part: AnswerPart): Answer {
  switch (part.kind) {
    case 'text':
      return { ...answer, text: answer.text + part.delta };
    case 'replace':
      return { ...answer, text: part.text };
    case 'reasoning':
      return { ...answer, reasoning: answer.reasoning + part.delta };
    case 'step':
      return { ...answer, steps: withStep(answer.steps, part.step) };
    case 'file':
      // Bytes are stored as they come, not carried along.
      return answer;
    case 'usage':
      return { ...answer, usage: { ...answer.usage, ...part.usage } };
    case 'done':
      return { ...answer, finish: part.finish };
  }
}

const withStep = (steps: readonly Step[], step: Step): readonly Step[] =>
  steps.some(({ id }) => id === step.id) ? steps.map((old) => (old.id === step.id ? step : old)) : [...steps, step];

/** The last four are ends; `undeliverable` is recorded where the platform refuses for good. */
export type ReplyState = 'queued' | 'thinking' | 'streaming' | 'waiting' | 'recovering' | 'done' | 'failed' | 'stopped' | 'expired';
export type ReplyEnd = Extract<ReplyState, 'done' | 'failed' | 'stopped' | 'expired'>;

export const isEnd = (state: ReplyState): state is ReplyEnd =>
  state === 'done' || state === 'failed' || state === 'stopped' || state === 'expired';

/** Everything a card shows at one moment; always the whole of it, so a lost frame costs nothing. Plain JSON, it is stored. */
export interface ReplyView {
  readonly state: ReplyState;
  /** The expert's words so far, exactly as it said them. */
  readonly text: string;
  readonly language: Language;
  readonly steps: readonly Step[];
  /** For `queued`: 1 means next. */
  readonly queuePlace?: number;
  /** For `queued`: how many messages this turn holds. */
  readonly messages?: number;
  /** For ends other than `done`: a sentence for the person in the chat. */
  readonly reason?: string;
  /** For `failed`: what the API's `references/:reference` resolves. */
  readonly reference?: string;
  /** From the turn's begin, in seconds. */
  readonly seconds?: number;
  readonly usage?: Usage;
  /** The expert's thoughts so far, where the integration shows them. */
  readonly reasoning?: string;
  /** One line under an ended answer, ready to be shown. */
  readonly footer?: string;
  /** What may be pressed at this moment, in this order. */
  readonly buttons?: readonly CardAction[];
}
