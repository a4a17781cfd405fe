/** What the sandbox's stream tells; see the API's description of `sandbox/{integrationId}/stream`. */
export interface MessageEvent {
  readonly messageId: string;
  readonly from: 'person' | 'bot';
  readonly sender: string;
  readonly text: string;
  readonly at: string;
  readonly group?: boolean;
  readonly mentions?: readonly string[];
}

export type CardState = 'queued' | 'thinking' | 'streaming' | 'waiting' | 'recovering' | 'done' | 'failed' | 'stopped' | 'expired';

export type CardAction = 'stop' | 'good' | 'bad' | 'regenerate' | 'retry' | 'new';

export interface CardStep {
  readonly id: string;
  readonly title: string;
  readonly status: 'running' | 'done' | 'failed';
  readonly seconds?: number;
}

/** A whole card as it stands; `sequence` rises per reply, so that an older one arriving late is known as such. */
export interface CardEvent {
  readonly replyId: string;
  readonly turnId: string;
  readonly state: CardState;
  readonly text: string;
  readonly sequence: number;
  /** 1 means next. */
  readonly queuePlace?: number;
  /** How many messages the waiting turn holds. */
  readonly messages?: number;
  readonly reason?: string;
  readonly reference?: string;
  /** From the turn's begin, in seconds. */
  readonly seconds?: number;
  readonly steps?: readonly CardStep[];
  readonly reasoning?: string;
  /** One line under an ended answer. */
  readonly footer?: string;
  /** What may be pressed, in this order. */
  readonly buttons?: readonly CardAction[];
  readonly at: string;
}

export type SandboxEvent = { readonly type: 'message'; readonly data: MessageEvent } | { readonly type: 'card'; readonly data: CardEvent };

export const isEnd = (state: CardState): boolean => state === 'done' || state === 'failed' || state === 'stopped' || state === 'expired';
export const isWorking = (state: CardState): boolean => state === 'thinking' || state === 'streaming' || state === 'recovering';
