import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { holds } from '../../domain/roles';
import type { ConversationFilter, ConversationRow } from '../../store/conversations';
import type { Scope } from '../../store/scope';
import { hasWords } from '../../store/search';
import type { TurnRow } from '../../store/transcript';
import type { GatewayDeps } from '../deps';
import { moment, text, unknownId } from './checking';
import { content } from './content';
import { presentAct, presentTurn } from './conversation-turns';
import { conversationAnswer, foundConversation, presentFor, presentFound } from './conversation-view';
import { type Operation, operation } from './operation';
import { descending, exactMoment, listOf, pageOf, pageQuery, placeOf, readCursor } from './paging';

export const conversationFilters = z.object({
  integrationId: z.uuid().optional(),
  chat: text(500).optional().meta({ description: "The platform's id of the chat; finds private ones only with the right `content`" }),
  personId: z.uuid().optional().meta({ description: 'One identity on one platform' }),
  userId: z.uuid().optional().meta({ description: 'Somebody on every platform' }),
  expertId: z.uuid().optional(),
  state: z.enum(['open', 'ended']).optional(),
  from: moment.optional().meta({ description: 'Begun at this time or later' }),
  to: moment.optional().meta({ description: 'Begun before this time' }),
  q: content(
    text(200).refine(hasWords, 'holds no letters or digits'),
    'Words of a question or an answer, all in the same one. What stands between blanks is looked for as it is, from the beginning of a word',
  ),
});

/** Where the turns of a session go on. */
const turnPlace = z.tuple([z.int().min(0).max(2_147_483_647), exactMoment, z.uuid()]);
const turnPage = z.object({
  cursor: z.string().max(300).optional().meta({ description: '`nextCursor` of the turns before' }),
  limit: z.coerce.number().int().min(1).max(200).default(100).meta({ description: 'Of turns' }),
});

export const conversationOf =
  ({ store }: GatewayDeps) =>
  async ({ scope, params }: { scope: Scope; params: { readonly id: string } }): Promise<ConversationRow> => {
    const found = await store.conversations.get(scope, params.id);
    if (!found) throw unknownId('conversation');
    return found;
  };

/** Sessions as people read them afterwards. */
export const conversationOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store, config } = deps;
  const tag = 'Conversations';
  const find = conversationOf(deps);
  const instruct = (command: 'stop' | 'end', summary: string) =>
    operation({
      ...{ method: 'post', path: `/conversations/:id/${command}`, tag, summary, status: 202, answer: z.object({ id: z.uuid() }), find },
      ...{ right: 'operate', action: `conversation.${command === 'stop' ? 'stopped' : 'ended'}` },
      async run({ found, caller }) {
        const { id: sessionId, integrationId, chat, chatKind, chatKey, state } = found;
        if (state === 'open')
          await deps.dispatch.instruct({ id: randomUUID(), command, sessionId, by: caller.name, integrationId, chat, chatKind, chatKey });
        return { id: sessionId };
      },
    });
  return [
    operation({
      ...{ method: 'get', path: '/conversations', tag, summary: 'Sessions, newest first', status: 200 },
      ...{ query: pageQuery.extend(conversationFilters.shape), answer: listOf(foundConversation) },
      async run({ scope, query, caller }) {
        const { before, limit } = descending(query);
        const filter = { ...filterOf(query), onlyGroups: query.chat !== undefined && !holds(caller.role, 'content') };
        const found = await store.conversations.list(scope, filter, before, limit);
        const ids = found.map(({ id }) => id);
        const snippets = filter.q === undefined || ids.length === 0 ? [] : await store.conversations.snippets(scope, ids, filter.q);
        const snippetOf = (id: string) => snippets.find(({ conversationId }) => conversationId === id);
        return pageOf(found, query.limit, placeOf, (one) => presentFound(caller, config, one, snippetOf(one.id)));
      },
    }),
    operation({
      ...{ method: 'get', path: '/conversations/:id', tag, summary: 'One session with its turns, as the chat saw them', status: 200 },
      ...{ transcript: true, query: turnPage, answer: conversationAnswer, find },
      async run({ scope, found, query: { cursor, limit }, caller }) {
        const [turns, expiresAt, acts] = await Promise.all([
          store.conversations.turns(scope, found.id, readCursor(turnPlace, cursor), limit + 1),
          store.conversations.expiresAt(scope, found.id),
          store.conversations.acts(scope, found.id),
        ]);
        const { items, nextCursor } = pageOf(turns, limit, placeOfTurn, presentTurn);
        const ends = { expiresAt: expiresAt?.toISOString() ?? null };
        return { ...presentFor(caller, config, found), ...ends, turns: items, nextCursor, acts: acts.map(presentAct) };
      },
    }),
    instruct('stop', 'Ends the running turn as stopped; nothing happens where the session has ended'),
    instruct('end', 'Ends the session; nothing happens where it has ended'),
  ];
};

const placeOfTurn = ({ place, listedAt, id }: TurnRow & { readonly listedAt: string }) => [place, listedAt, id];

export function filterOf(query: z.output<typeof conversationFilters>): ConversationFilter {
  const { integrationId, chat, personId, userId, expertId, state, from, to, q } = query;
  const given = Object.entries({
    integrationId,
    chat,
    personId,
    userId,
    expertId,
    state,
    q,
    from: from && new Date(from),
    to: to && new Date(to),
  });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as ConversationFilter;
}
