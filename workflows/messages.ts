import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Conversation, Heard } from '../domain/conversation';

// The folder's public face: whoever talks to a workflow needs this file and no other.

export const taskQueues = { conversations: 'conversations', answers: 'answers', connections: 'connections' } as const;
export const conversationWorkflowId = (chatId: string): string => `chat/${chatId}`;
export const connectionWorkflowId = (integrationId: string): string => `integration/${integrationId}`;
export const sentinelScheduleId = 'sentinel';

/** Keywords an administrator filters by in the Temporal UI. */
export const searchAttributes = {
  tenant: defineSearchAttributeKey('ParleyTenant', SearchAttributeType.KEYWORD),
  organization: defineSearchAttributeKey('ParleyOrganization', SearchAttributeType.KEYWORD),
  integration: defineSearchAttributeKey('ParleyIntegration', SearchAttributeType.KEYWORD),
  platform: defineSearchAttributeKey('ParleyPlatform', SearchAttributeType.KEYWORD),
  expert: defineSearchAttributeKey('ParleyExpert', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('ParleyState', SearchAttributeType.KEYWORD),
};

/** Where what speaks through one integration's link runs. */
export const repliesQueue = (integrationId: string): string => `replies/${integrationId}`;

// --- conversation -----------------------------------------------------------------------------------------------------------

export interface ConversationInput {
  readonly chatId: string;
  readonly integrationId: string;
  /** Base of links into the console; empty where there is none. */
  readonly consoleUrl: string;
  /** Where activities that use the messenger run: `replies/<integrationId>` for platforms that answer over the socket. */
  readonly repliesQueue?: string;
  /** State of the run before, after continue-as-new. */
  readonly carried?: Conversation;
}

export interface ConversationResult {
  readonly sessionId: string;
  readonly turns: number;
  readonly reason: string;
}

/** Events of this chat, oldest first. A signal because the gateway needs no answer and no worker has to be alive. */
export const heardSignal = defineSignal<[events: readonly Heard[], way?: WayOut]>('heard');

/** How replies leave at this moment: an integration may change its mode while a session goes on. */
export type WayOut = Pick<ConversationInput, 'repliesQueue'>;

export interface ConversationView {
  readonly sessionId: string;
  readonly state: 'idle' | 'gathering' | 'answering' | 'ending';
  readonly turns: number;
  readonly running?: { readonly id: string; readonly number: number; readonly startedAt: number; readonly messages: number };
  readonly waiting: readonly { readonly id: string; readonly messages: number }[];
  readonly gathering: number;
  /** When the session ends in silence, in milliseconds since the epoch. */
  readonly sessionDeadline: number;
  /** Ids of all events that still await their end here, and of turns that wait for their last frame. */
  readonly events: readonly string[];
}

export const conversationQuery = defineQuery<ConversationView>('conversation');

// --- connection -------------------------------------------------------------------------------------------------------------

export interface ConnectionInput {
  readonly integrationId: string;
  readonly desired: DesiredConnection;
  /** How often a parked link tries its credentials, in milliseconds; 15 minutes unless given. */
  readonly probeEveryMs?: number;
}

export interface DesiredConnection {
  readonly enabled: boolean;
  /** The integration's version to connect with. */
  readonly version: number;
  /** Set while the platform's refusal keeps it parked. */
  readonly parked?: string;
}

/** Updates because an administrator wants to know that it was taken. All are idempotent. */
export const enableUpdate = defineUpdate<DesiredConnection, [string]>('enable');
export const disableUpdate = defineUpdate<DesiredConnection, [string]>('disable');
export const restartUpdate = defineUpdate<DesiredConnection, [string]>('restart');
/** A new version of the settings was saved. */
export const reconfigureUpdate = defineUpdate<DesiredConnection, [number, string]>('reconfigure');
/** The integration is deleted: lets go of the link and completes. */
export const removeUpdate = defineUpdate<void, [string]>('remove');
export const connectionQuery = defineQuery<DesiredConnection>('connection');
