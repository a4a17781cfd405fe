import { z } from 'zod';
import { registerBody } from '../channel-register';
import type { GatewayDeps } from '../deps';
import { tryBody } from '../expert-try';
import { actionBody, messageBody } from '../sandbox';
import { uploadAnswer, uploadQuery } from '../sandbox-files';
import { sessionAnswer as session, sessionChange } from '../session';
import { signInBody, waysAnswer, waysQuery } from '../sign-in';
import { forgottenAnswer, forgottenBody } from '../sign-in-forgotten';
import { linkAnswer, lookBody, useBody } from '../sign-in-links';
import type { Documented } from './operation';
import { listOf } from './paging';

const words = z.string();
const chatEntry = z.object({ chat: z.string(), group: z.boolean(), lastText: z.string(), at: z.iso.datetime() });
const stream = words.meta({
  description: 'Server-sent events `message` and `card`, as they stand and then live; `Last-Event-ID` resumes.',
});
const tried = words.meta({
  description:
    'Server-sent events: `answer {text, reasoning, steps}`, all of it so far, then one `end {state: done | failed, finish?, code?, message?, usage}`.',
});
const registered = words.meta({
  description:
    'Server-sent events: `code {url, validMs}` with what to scan, then one `end {state: done | failed, settings?, code?, message?}`. Closing the call ends it.',
});
const linkStream = words.meta({
  description:
    'Server-sent events: first `all {items}`, then `status` for each link that has changed and `gone {integrationId}`. A link is what `GET integrations/:id/status` answers, with `integrationId`, `name`, `channel`, `mode`, `enabled`, `changedAt` and `lastIncidentId`. `Last-Event-ID` spares what is known. It ends with the session, or when the key or the right is taken away.',
});
const anyBody = z.unknown().meta({ description: "The platform's own call, signed as it signs" });
const fileBody = z.unknown().meta({ description: 'The bytes of the file, at most 30 MB; the content type is kept as claimed' });
const plain = { open: true, contentType: 'text/plain' } as const;

/** Routes that are no part of the administration: the sandbox, platforms' calls, health, and who one is. */
export const otherOperations = ({ config }: Pick<GatewayDeps, 'config'>): readonly Documented[] => [
  { method: 'get', path: '/session', tag: 'Session', summary: 'Who calls, and what the console shows first', status: 200, answer: session },
  {
    ...{ method: 'patch', path: '/session', tag: 'Session', summary: 'Chooses the organization that the session acts in' },
    ...{ right: 'self', body: sessionChange, status: 200, answer: session, refusals: [404] },
  },
  { method: 'delete', path: '/session', tag: 'Session', summary: 'Signs out', right: 'self', status: 204 },
  {
    ...{ method: 'post', path: '/experts/:id/try', tag: 'Experts', summary: 'Asks the draft, outside of any chat', right: 'configure' },
    ...{ body: tryBody, status: 200, answer: tried, contentType: 'text/event-stream' },
  },
  {
    ...{ method: 'post', path: '/channels/:name/register', tag: 'Kinds', summary: 'Makes a bot on the platform by a scanned code' },
    ...{ right: 'configure', body: registerBody, status: 200, answer: registered, contentType: 'text/event-stream', refusals: [404] },
  },
  {
    ...{ method: 'get', path: '/integrations/stream', tag: 'Connections', summary: 'Follows all links of the organization', right: 'read' },
    ...{ status: 200, answer: linkStream, contentType: 'text/event-stream', refusals: [429] },
  },
  ...signIn,
  ...(config.sandbox ? sandbox.map((one): Documented => ({ ...one, right: one.method === 'get' ? 'content' : 'configure' })) : []),
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

const entering = { tag: 'Session', open: true, status: 200, refusals: [400, 403, 413, 422, 429, 503] } as const;
const toProvider = { ...entering, method: 'get', status: 302, answer: words, contentType: ['text/plain', 'text/html'] } as const;

/** Changes must carry `x-parley-console: 1` here too. */
const signIn: readonly Documented[] = [
  {
    ...{ ...entering, method: 'post', path: '/api/v1/sign-in', summary: 'Opens a session by password; its cookie comes with the answer' },
    ...{ body: signInBody, answer: session, refusals: [...entering.refusals, 401, 409] },
  },
  {
    ...{ ...entering, method: 'get', path: '/api/v1/sign-in/ways', summary: 'Where people with this address sign in, beside the password' },
    ...{ query: waysQuery, answer: waysAnswer, refusals: [422, 429, 503] },
  },
  {
    ...{ ...entering, method: 'post', path: '/api/v1/sign-in/links/look', summary: 'What an invitation or reset link is for' },
    ...{ body: lookBody, answer: linkAnswer, refusals: [...entering.refusals, 404] },
  },
  {
    ...{ ...entering, method: 'post', path: '/api/v1/sign-in/links/use', summary: 'Uses the link: sets the password and opens a session' },
    ...{ body: useBody, answer: session, refusals: [...entering.refusals, 404, 409] },
  },
  {
    ...{ ...entering, method: 'get', path: '/api/v1/sign-in/forgotten', summary: 'Whether a forgotten password can be set anew from here' },
    ...{ answer: forgottenAnswer, refusals: [] },
  },
  {
    ...{ ...entering, method: 'post', path: '/api/v1/sign-in/forgotten', status: 202, answer: z.object({}), body: forgottenBody },
    summary: 'Mails a link that sets a new password, where an account has the address; the answer never tells whether one has',
    refusals: [...entering.refusals, 409],
  },
  {
    ...{ ...toProvider, path: '/api/v1/sign-in/single-sign-on/:tenantId', summary: "Sends the browser to the tenant's provider" },
    ...{
      query: z.object({ page: z.string().optional().meta({ description: 'Page of the console to open then' }) }),
      refusals: [404, 422, 429, 503],
    },
  },
  { ...toProvider, path: '/api/v1/sign-in/callback', summary: 'Where providers send browsers back', refusals: [503] },
];

const sandbox: readonly Documented[] = [
  {
    ...{ method: 'post', path: '/sandbox/:integrationId/messages', tag: 'Sandbox', summary: 'Says something; accepted once it is durable' },
    ...{ body: messageBody, status: 202, answer: z.object({ messageId: z.string(), fresh: z.boolean() }) },
  },
  {
    ...{ method: 'post', path: '/sandbox/:integrationId/files', tag: 'Sandbox', summary: 'Uploads a file for a message to carry' },
    ...{ query: uploadQuery, body: fileBody, requestType: '*/*', status: 201, answer: uploadAnswer, refusals: [413] },
  },
  {
    ...{ method: 'get', path: '/sandbox/:integrationId/files/:fileId', tag: 'Sandbox', summary: 'A file of a message' },
    ...{ status: 200, answer: z.unknown(), contentType: '*/*' },
  },
  {
    ...{ method: 'post', path: '/sandbox/:integrationId/actions', tag: 'Sandbox', summary: 'Presses a button of a card' },
    ...{ body: actionBody, status: 202, answer: z.object({ toast: z.object({ en: words, zh: words }).nullable() }) },
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
