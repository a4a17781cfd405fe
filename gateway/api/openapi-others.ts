import { z } from 'zod';
import type { GatewayDeps } from '../deps';
import { actionBody, messageBody } from '../sandbox';
import type { Documented } from './operation';
import { listOf } from './paging';

const words = z.string();
const session = z.object({
  user: z.string(),
  role: z.enum(['admin', 'platform']),
  sandbox: z.object({ integrationId: z.uuid() }).nullable(),
  temporalUiUrl: z.string().nullable(),
});
const chatEntry = z.object({ chat: z.string(), group: z.boolean(), lastText: z.string(), at: z.iso.datetime() });
const stream = words.meta({
  description: 'Server-sent events `message` and `card`, as they stand and then live; `Last-Event-ID` resumes.',
});
const anyBody = z.unknown().meta({ description: "The platform's own call, signed as it signs" });
const plain = { open: true, contentType: 'text/plain' } as const;

/** Routes that are no part of the administration: the sandbox, platforms' calls, health, and who one is. */
export const otherOperations = ({ config }: Pick<GatewayDeps, 'config'>): readonly Documented[] => [
  { method: 'get', path: '/session', tag: 'Session', summary: 'Who calls, and what the console shows first', status: 200, answer: session },
  ...(config.sandbox ? sandbox : []),
  ...webhooks,
  { method: 'get', path: '/healthz', tag: 'Health', summary: 'Whether the process lives', status: 200, answer: words, ...plain },
  {
    method: 'get',
    path: '/readyz',
    tag: 'Health',
    summary: 'Whether database and Temporal answer',
    status: 200,
    answer: words,
    ...plain,
    refusals: [503],
  },
  { method: 'get', path: '/metrics', tag: 'Health', summary: 'Counters for Prometheus', status: 200, answer: words, ...plain },
  {
    method: 'get',
    path: '/api/v1/openapi.json',
    tag: 'Documentation',
    summary: 'This document',
    status: 200,
    answer: z.unknown(),
    open: true,
  },
];

const sandbox: readonly Documented[] = [
  {
    ...{ method: 'post', path: '/sandbox/:integrationId/messages', tag: 'Sandbox', summary: 'Says something; accepted once it is durable' },
    ...{ body: messageBody, status: 202, answer: z.object({ messageId: z.string(), fresh: z.boolean() }) },
  },
  {
    ...{ method: 'post', path: '/sandbox/:integrationId/actions', tag: 'Sandbox', summary: 'Presses a button of a card' },
    ...{ body: actionBody, status: 202, answer: z.object({ toast: z.unknown() }) },
  },
  {
    method: 'get',
    path: '/sandbox/:integrationId/chats',
    tag: 'Sandbox',
    summary: 'Its chats, the last one first',
    status: 200,
    answer: listOf(chatEntry),
  },
  {
    ...{ method: 'get', path: '/sandbox/:integrationId/stream', tag: 'Sandbox', summary: 'Follows one chat' },
    ...{ query: z.object({ chat: z.string().min(1).max(200) }), status: 200, answer: stream, contentType: 'text/event-stream' },
  },
];

const webhooks: readonly Documented[] = (['get', 'post'] as const).map((method) => ({
  ...{ method, path: '/webhooks/:integrationId', tag: 'Webhooks', status: 200, answer: z.unknown() },
  summary: method === 'get' ? 'Proves the address to a platform' : 'Takes what a platform calls with',
  ...(method === 'post' && { body: anyBody }),
  ...{ open: true, contentType: '*/*', requestType: '*/*', refusals: [400, 401, 404, 413, 429] },
}));
