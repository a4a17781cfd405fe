import { createHash } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { Refusal } from '../domain/errors';
import type { Language } from '../domain/language';
import type { Scope } from '../store/scope';
import { callerOf, demand, scopeOf } from './auth';
import { inChinese } from './chinese';
import type { Demo } from './demo';
import type { GatewayDeps } from './deps';
import { languageOf } from './language';
import type { Link, StatusFeed } from './status-feed';
import { endWithAccess } from './stream-access';

/** Streams that one caller may hold open, in this process. */
export const MOST_STREAMS = 10;
const KEEP_ALIVE_MS = 15_000;

/** How the links of an organization stand, live, as server-sent events. */
export function integrationStream(deps: GatewayDeps, demo: Demo | undefined, feed: StatusFeed): Router {
  const router = Router();
  const open = new Map<string, number>();
  router.get('/integrations/stream', (request, response) => {
    const caller = callerOf(response);
    demand(caller, 'read');
    const scope = scopeOf(response);
    const who = `${caller.kind} ${caller.id ?? ''}`;
    const held = open.get(who) ?? 0;
    if (held >= MOST_STREAMS)
      throw new Refusal(429, 'too_many_streams', `You hold ${held} of these streams open already: close one, or share it.`);
    open.set(who, held + 1);
    const stop = streamLinks(feed, scope, request, response);
    endWithAccess(deps, demo, { request, response, scope, right: 'read' });
    response.on('close', () => {
      stop();
      const left = (open.get(who) ?? 1) - 1;
      if (left > 0) open.set(who, left);
      else open.delete(who);
    });
  });
  return router;
}

/**
 * First all links, then each that changes, and each that is gone. The id stands for everything told so far: a reader that comes back with it is
 * told only what is different.
 * @returns what ends it
 */
function streamLinks(feed: StatusFeed, scope: Scope, request: Request, response: Response): () => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  let told: ReadonlyMap<string, string> | undefined;
  let waiting: readonly Link[] | undefined;
  const language = languageOf(request);
  const send = (event: string, data: object): void => {
    response.write(`id: ${digestOf(told)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const hear = (found: readonly Link[]): void => {
    const links = found.map((link) => toldLink(link, language));
    // A slow reader gets the newest state once it has read what is under way.
    waiting = response.writableNeedDrain ? found : undefined;
    if (waiting || response.writableEnded) return;
    const before = told;
    told = new Map(links.map((link) => [link.integrationId, essenceOf(link)]));
    if (!before) {
      if (digestOf(told) !== request.headers['last-event-id']) send('all', { items: links });
      return;
    }
    for (const link of links) if (before.get(link.integrationId) !== told.get(link.integrationId)) send('status', link);
    for (const integrationId of before.keys()) if (!told.has(integrationId)) send('gone', { integrationId });
  };
  const unfollow = feed.follow(scope, hear);
  response.on('drain', () => waiting && hear(waiting));
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS);
  return () => {
    clearInterval(keepAlive);
    unfollow();
  };
}

function toldLink(link: Link, language: Language): Link {
  if (language !== 'zh') return link;
  const { reason, lastError } = link;
  return { ...link, reason: inChinese(reason), lastError: lastError && { ...lastError, message: inChinese(lastError.message) } };
}

/** Two links of the same essence look the same: the time that one is up follows from `since`. */
const essenceOf = ({ uptimeSeconds: _, ...link }: Link): string => JSON.stringify(link);

const digestOf = (told: ReadonlyMap<string, string> | undefined): string =>
  createHash('sha256')
    .update(JSON.stringify([...(told ?? [])]))
    .digest('base64url')
    .slice(0, 22);
