import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ConversationFilter, ConversationRow } from '../../store/conversations';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { moment, text, unknownId } from './checking';
import { conversationAnswer, conversationSummary, presentSummary, presentTurn } from './conversation-view';
import { type Operation, operation } from './operation';
import { descending, listOf, pageOf, pageQuery, placeOf } from './paging';

const filters = pageQuery.extend({
  integrationId: z.uuid().optional(),
  chat: text(500).optional().meta({ description: "The platform's id of the chat" }),
  personId: z.uuid().optional(),
  expertId: z.uuid().optional(),
  state: z.enum(['open', 'ended']).optional(),
  from: moment.optional().meta({ description: 'Begun at this time or later' }),
  to: moment.optional().meta({ description: 'Begun before this time' }),
  q: text(200).optional().meta({ description: 'Words of a question or an answer' }),
});

/** Sessions as people read them afterwards. */
export const conversationOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store, config } = deps;
  const tag = 'Conversations';
  const find = async ({ scope, params }: { scope: Scope; params: { readonly id: string } }): Promise<ConversationRow> => {
    const found = await store.conversations.get(scope, params.id);
    if (!found) throw unknownId('conversation');
    return found;
  };
  const instruct = (command: 'stop' | 'end', summary: string) =>
    operation({
      ...{ method: 'post', path: `/conversations/:id/${command}`, tag, summary, status: 202, answer: z.object({ id: z.uuid() }), find },
      async run({ found, caller }) {
        const { id: sessionId, integrationId, chat, chatKind, chatKey, state } = found;
        if (state === 'open')
          await deps.dispatch.instruct({ id: randomUUID(), command, sessionId, by: caller.name, integrationId, chat, chatKind, chatKey });
        return { id: sessionId };
      },
    });
  return [
    operation({
      ...{
        method: 'get',
        path: '/conversations',
        tag,
        summary: 'Sessions, newest first',
        query: filters,
        status: 200,
        answer: listOf(conversationSummary),
      },
      async run({ scope, query }) {
        const { before, limit } = descending(query);
        return pageOf(await store.conversations.list(scope, toFilter(query), before, limit), query.limit, placeOf, (found) =>
          presentSummary(config, found),
        );
      },
    }),
    operation({
      ...{
        method: 'get',
        path: '/conversations/:id',
        tag,
        summary: 'One session with its turns',
        status: 200,
        answer: conversationAnswer,
        find,
      },
      async run({ scope, found }) {
        const [turns, expiresAt] = await Promise.all([
          store.conversations.turns(scope, found.id),
          store.conversations.expiresAt(scope, found.id),
        ]);
        return { ...presentSummary(config, found), expiresAt: expiresAt?.toISOString() ?? null, turns: turns.map(presentTurn) };
      },
    }),
    instruct('stop', 'Ends the running turn as stopped; nothing happens where the session has ended'),
    instruct('end', 'Ends the session; nothing happens where it has ended'),
  ];
};

function toFilter({ cursor: _, limit: __, from, to, ...rest }: z.output<typeof filters>): ConversationFilter {
  const given = Object.entries({ ...rest, from: from && new Date(from), to: to && new Date(to) }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(given) as ConversationFilter;
}
