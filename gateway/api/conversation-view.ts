import { z } from 'zod';
import type { ConversationRow, Snippet } from '../../store/search';
import { conversationWorkflowId } from '../../workflows/messages';
import type { Caller } from '../caller';
import type { GatewayDeps } from '../deps';
import { moment } from './checking';
import { chatField, chatFor, content } from './content';
import { actAnswer, turnAnswer } from './conversation-turns';

const temporal = z.object({ workflowId: z.string(), runId: z.string(), url: z.string().nullable() });

export const conversationSummary = z.object({
  id: z.uuid(),
  state: z.enum(['open', 'ended']),
  endReason: z.enum(['timeout', 'new', 'ended']).nullable(),
  integrationId: z.uuid(),
  integrationName: z.string().nullable(),
  expertId: z.uuid().nullable(),
  expertName: z.string().nullable(),
  chat: chatField,
  chatKind: z.enum(['private', 'group']),
  people: content(z.array(z.object({ id: z.uuid(), name: z.string() })), 'Who asked, the first five'),
  startedAt: moment,
  endedAt: moment.nullable(),
  turnCount: z.int(),
  temporal,
});

export const foundConversation = conversationSummary.extend({
  snippet: content(
    z.object({ turnId: z.uuid(), part: z.enum(['question', 'answer']), text: z.string() }),
    'Where the words `q` stand first',
  ),
});

export const conversationAnswer = conversationSummary.extend({
  expiresAt: moment.nullable().meta({ description: 'When the session ends unless somebody speaks' }),
  turns: z.array(turnAnswer),
  nextCursor: z.string().nullable().meta({ description: 'Of the turns' }),
  acts: z.array(actAnswer).meta({ description: 'Commands, pressed buttons, recalls and edits, the first 500 of the session' }),
});

/** All of it, for those who may see content. */
export function presentSummary(config: GatewayDeps['config'], found: ConversationRow) {
  const {
    id,
    state,
    endReason,
    integrationId,
    integrationName,
    expertId,
    expertName,
    chat,
    chatKind,
    people,
    startedAt,
    endedAt,
    turnCount,
  } = found;
  return {
    ...{ id, state, endReason, integrationId, integrationName, expertId, expertName, chat, chatKind, people },
    ...{ startedAt: startedAt.toISOString(), endedAt: endedAt?.toISOString() ?? null, turnCount },
    temporal: temporalOf(config, found),
  };
}

export const presentFor = (caller: Caller, config: GatewayDeps['config'], found: ConversationRow) => ({
  ...presentSummary(config, found),
  chat: chatFor(caller, found),
});

export function presentFound(caller: Caller, config: GatewayDeps['config'], found: ConversationRow, snippet: Snippet | undefined) {
  const { turnId, part, text } = snippet ?? {};
  return { ...presentFor(caller, config, found), ...(snippet && { snippet: { turnId, part, text } }) };
}

function temporalOf({ temporal: { namespace }, temporalUiUrl }: GatewayDeps['config'], { chatId, runId }: ConversationRow) {
  const workflowId = conversationWorkflowId(chatId);
  const path = `namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`;
  return { workflowId, runId, url: temporalUiUrl ? `${temporalUiUrl}/${path}` : null };
}
