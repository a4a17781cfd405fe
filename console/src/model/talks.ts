import type { Place } from './set-up';

export interface ConversationSummary {
  readonly id: string;
  readonly state: 'open' | 'ended';
  readonly endReason: string | null;
  readonly integrationId: string;
  readonly integrationName: string | null;
  readonly expertId: string | null;
  readonly expertName: string | null;
  /** The platform's id; of private chats only for who may read. */
  readonly chat?: string;
  readonly chatKind: 'private' | 'group';
  readonly people?: readonly Place[];
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly turnCount: number;
  readonly temporal: { readonly workflowId: string; readonly runId: string; readonly url: string | null };
}

/** Where the words that were looked for stand first. */
export interface FoundConversation extends ConversationSummary {
  readonly snippet?: { readonly turnId: string; readonly part: 'question' | 'answer'; readonly text: string };
}

export interface FileEntry {
  readonly kind: string;
  readonly name: string | null;
  readonly mime: string | null;
  readonly size: number | null;
}

export interface Asked {
  readonly eventId: string;
  readonly text?: string;
  readonly personId: string;
  readonly person?: string;
  readonly at: string;
  readonly recalled: boolean;
  readonly quote?: string | null;
  readonly attachments?: readonly FileEntry[];
}

export interface Reply {
  readonly id: string;
  readonly state: string;
  readonly text?: string;
  readonly frames: number;
  readonly writers: number;
  readonly steps: readonly { readonly id: string; readonly title?: string; readonly status: string; readonly seconds?: number }[];
  readonly reasoning?: string | null;
  readonly footer: string | null;
  readonly files?: readonly FileEntry[];
  readonly undeliverable: boolean;
}

export interface Turn {
  readonly id: string;
  readonly number: number | null;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped' | 'expired';
  readonly question: readonly Asked[];
  readonly reply: Reply;
  readonly expert: { readonly id: string; readonly version: number; readonly name: string | null } | null;
  readonly timings: Timings;
  /** Between one step and the next, in milliseconds; null where one is missing. */
  readonly durations: Readonly<
    Record<'gatheringMs' | 'waitingMs' | 'preparingMs' | 'thinkingMs' | 'answeringMs' | 'closingMs' | 'totalMs', number | null>
  >;
  readonly attempts: number;
  /** Why it failed or was stopped, or what is missing. */
  readonly note: string | null;
  readonly stoppedBy: { readonly id: string; readonly name?: string } | null;
  readonly usage: Readonly<Record<string, unknown>> | null;
  readonly error: { readonly reference: string | null; readonly reason: string | null } | null;
  readonly feedback: readonly Feedback[];
}

export interface Timings {
  readonly waitedMs?: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly askedAt: string | null;
  readonly firstTokenAt: string | null;
  readonly endedAt: string | null;
  readonly finishedAt: string | null;
}

export interface Feedback {
  readonly person?: string;
  readonly rating: 'good' | 'bad';
  readonly reason: string | null;
  readonly comment?: string | null;
  readonly at: string;
}

export interface Conversation extends ConversationSummary {
  readonly expiresAt: string | null;
  readonly turns: readonly Turn[];
  /** Of the turns. */
  readonly nextCursor: string | null;
  readonly acts: readonly Act[];
}

/** A command, a pressed button, a recall or an edit. */
export interface Act {
  readonly eventId: string;
  readonly kind: 'command' | 'action' | 'recall' | 'edit';
  readonly name: string | null;
  readonly person?: string;
  readonly at: string;
}

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface Ends {
  readonly done: number;
  readonly failed: number;
  readonly stopped: number;
  readonly expired: number;
}

export interface OverviewFigures {
  readonly from: string;
  readonly to: string;
  readonly bucket: 'hour' | 'day';
  readonly messages: number;
  readonly conversations: { readonly started: number; readonly open: number };
  readonly answers: Ends & { readonly undeliverable: number };
  readonly answerMs: Percentiles;
  readonly firstTokenMs: Percentiles;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly unendedEvents: number;
  readonly series: readonly (Ends & { readonly at: string; readonly messages: number; readonly answerMs: Percentiles })[];
}

export interface UsageRow {
  readonly key: string | null;
  readonly name: string | null;
  readonly person?: string | null;
  readonly department: string | null;
  readonly turns: number;
  readonly failed: number;
  readonly messages: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly lastAt: string;
}

export interface SpendingLimit {
  readonly id: string;
  readonly name: string;
  readonly measure: 'tokens' | 'answers';
  readonly amount: number;
  readonly period: 'day' | 'month';
  readonly timeZone: string;
  readonly action: 'warn' | 'refuse';
  readonly expertId: string | null;
  readonly integrationId: string | null;
  readonly department: string | null;
  readonly personId: string | null;
  readonly person?: string | null;
  readonly eachPerson: boolean;
  readonly enabled: boolean;
  readonly state: {
    readonly used: number;
    readonly level: 'below' | 'near' | 'reached';
    readonly since: string;
    readonly resetsAt: string;
  };
}

/** An accepted event without an end. */
export interface UnendedEvent {
  readonly id: string;
  readonly kind: string;
  readonly integrationId: string;
  /** The platform's id; of private chats only for who may read. */
  readonly chat?: string;
  readonly conversationId: string | null;
  readonly receivedAt: string;
  readonly deliveredAt: string | null;
  /** Since when nobody works on it. */
  readonly orphanedAt: string | null;
}

/** What the reference number on a failed card stands for. */
export interface FailedAnswer {
  readonly code: string;
  readonly detail: string;
  readonly at: string;
  readonly turnId: string;
  readonly conversationId: string;
  readonly integrationId: string;
}
