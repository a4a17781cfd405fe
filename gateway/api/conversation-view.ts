import { z } from 'zod';
import type { ConversationRow, TurnRow } from '../../store/conversations';
import { conversationWorkflowId } from '../../workflows/messages';
import type { GatewayDeps } from '../deps';
import { moment } from './checking';

const temporal = z.object({ workflowId: z.string(), runId: z.string(), url: z.string().nullable() });

export const conversationSummary = z.object({
  id: z.uuid(),
  state: z.enum(['open', 'ended']),
  endReason: z.enum(['timeout', 'new', 'ended']).nullable(),
  integrationId: z.uuid(),
  expertId: z.uuid().nullable(),
  chat: z.string().meta({ description: "The platform's id of the chat" }),
  chatKind: z.enum(['private', 'group']),
  startedAt: moment,
  endedAt: moment.nullable(),
  turnCount: z.int(),
  temporal,
});

const turn = z.object({
  id: z.uuid(),
  number: z.int().nullable().meta({ description: 'null while it waits' }),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'stopped', 'expired']),
  question: z.array(z.object({ eventId: z.uuid(), text: z.string(), person: z.string(), at: moment })),
  reply: z.object({
    id: z.uuid(),
    state: z.enum(['queued', 'thinking', 'streaming', 'waiting', 'recovering', 'done', 'failed', 'stopped', 'expired']),
    text: z.string(),
    sequence: z.int(),
    undeliverable: z.boolean(),
  }),
  expert: z.object({ id: z.uuid(), version: z.int() }).nullable(),
  timings: z.object({
    waitedMs: z.number().optional().meta({ description: 'From the first message to the begin of the turn' }),
    createdAt: moment,
    startedAt: moment.nullable(),
    askedAt: moment.nullable(),
    firstTokenAt: moment.nullable(),
    endedAt: moment.nullable(),
    finishedAt: moment.nullable(),
  }),
  usage: z.record(z.string(), z.unknown()).nullable(),
  error: z.object({ reference: z.string().nullable(), reason: z.string().nullable() }).nullable(),
});

export const conversationAnswer = conversationSummary.extend({
  expiresAt: moment.nullable().meta({ description: 'When the session ends unless somebody speaks' }),
  turns: z.array(turn),
});

export function presentSummary(config: GatewayDeps['config'], found: ConversationRow) {
  const { id, state, endReason, integrationId, expertId, chat, chatKind, startedAt, endedAt, turnCount } = found;
  return {
    ...{
      id,
      state,
      endReason,
      integrationId,
      expertId,
      chat,
      chatKind,
      startedAt: startedAt.toISOString(),
      endedAt: iso(endedAt),
      turnCount,
    },
    temporal: temporalOf(config, found),
  };
}

function temporalOf({ temporal: { namespace }, temporalUiUrl }: GatewayDeps['config'], { chatId, runId }: ConversationRow) {
  const workflowId = conversationWorkflowId(chatId);
  const path = `namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`;
  return { workflowId, runId, url: temporalUiUrl ? `${temporalUiUrl}/${path}` : null };
}

export function presentTurn(found: TurnRow) {
  const { id, number, state, question, expertId, version, usage, reference, reason } = found;
  const failed = state === 'failed' || state === 'expired' || found.undeliverable;
  return {
    ...{ id, number, state },
    question: question.map(({ eventId, text, person, at }) => ({ eventId, text, person, at: new Date(at).toISOString() })),
    reply: { id, state: found.replyState, text: found.replyText, sequence: found.sequence, undeliverable: found.undeliverable },
    expert: expertId !== null && version !== null ? { id: expertId, version } : null,
    timings: timingsOf(found),
    usage: usage ?? null,
    error: failed ? { reference, reason } : null,
  };
}

function timingsOf({ question, createdAt, startedAt, askedAt, firstTokenAt, endedAt, finishedAt }: TurnRow) {
  const heardAt = Math.min(createdAt.getTime(), ...question.map(({ at }) => Date.parse(at)));
  return {
    ...(startedAt && { waitedMs: Math.max(0, startedAt.getTime() - heardAt) }),
    createdAt: createdAt.toISOString(),
    ...{
      startedAt: iso(startedAt),
      askedAt: iso(askedAt),
      firstTokenAt: iso(firstTokenAt),
      endedAt: iso(endedAt),
      finishedAt: iso(finishedAt),
    },
  };
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
