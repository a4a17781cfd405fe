import { z } from 'zod';
import type { GatewayDeps } from '../deps';
import { moment, text, unknownId } from './checking';
import { chatField, chatFor } from './content';
import { type Operation, operation } from './operation';
import { aNumber, listOf, pageOf, pageQuery, readCursor } from './paging';

const eventAnswer = z.object({
  id: z.uuid(),
  number: z.int().meta({ description: "Its place in the ledger: the chat's order" }),
  kind: z.enum(['message', 'command', 'action', 'recall', 'edit']),
  integrationId: z.uuid(),
  chatId: z.uuid(),
  chat: chatField,
  turnId: z.uuid().nullable(),
  conversationId: z.uuid().nullable().meta({ description: 'Of its turn, where it has one' }),
  receivedAt: moment,
  deliveredAt: moment.nullable(),
  orphanedAt: moment.nullable().meta({ description: 'Since when nobody works on it' }),
});
const referenceAnswer = z.object({
  reference: z.string(),
  code: z.string(),
  detail: z.string(),
  at: moment,
  turnId: z.uuid(),
  conversationId: z.uuid(),
  integrationId: z.uuid(),
});

/** The ledger's view of what has no end yet, and what failed cards stand for. */
export const eventOperations = ({ store }: GatewayDeps): readonly Operation[] => [
  operation({
    ...{ method: 'get', path: '/events', tag: 'Ledger', summary: 'Accepted events without an end, oldest first' },
    ...{ query: pageQuery.extend({ state: z.literal('unended').default('unended') }), status: 200, answer: listOf(eventAnswer) },
    async run({ scope, query: { cursor, limit }, caller }) {
      const [after] = readCursor(aNumber, cursor) ?? [0];
      return pageOf(
        await store.conversations.unendedEvents(scope, after, limit + 1),
        limit,
        ({ number }) => [number],
        ({ receivedAt, deliveredAt, orphanedAt, chat, chatKind, ...event }) => ({
          ...event,
          chat: chatFor(caller, { chat, chatKind }),
          receivedAt: receivedAt.toISOString(),
          deliveredAt: deliveredAt?.toISOString() ?? null,
          orphanedAt: orphanedAt?.toISOString() ?? null,
        }),
      );
    },
  }),
  operation({
    ...{ method: 'get', path: '/references/:reference', tag: 'Ledger', summary: 'What the reference on a failed card stands for' },
    ...{ status: 200, answer: referenceAnswer },
    async run({ scope, params }) {
      const readable = text(100).safeParse(params.reference);
      const found = readable.success ? await store.conversations.failure(scope, readable.data) : undefined;
      if (!found) throw unknownId('reference');
      return { ...found, at: found.at.toISOString() };
    },
  }),
];
