import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Request } from 'express';
import type { z } from 'zod';
import { Refusal } from '../../domain/errors';
import type { Right } from '../../domain/roles';
import type { Store } from '../../store';
import type { AuditEntry, AuditTarget } from '../../store/audit';
import { actorOf, contextOf } from '../auth';
import type { Caller } from '../caller';
import { forRecord } from './content';

/** A page that looks again and again within this time is one look. */
const ONE_LOOK_MS = 10 * 60_000;
const MASK = '***';

/** What a record needs to know of the operation. */
interface Said {
  readonly method: string;
  readonly path: string;
  readonly right?: Right;
  readonly action?: string | undefined;
  readonly answer?: z.ZodType;
}

interface Call {
  readonly request: Request;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
}

/** The name of what an operation does, where it says none itself: `config.updated`, `integration.enable`. */
export function actionOf({ method, path, action }: Said): string {
  if (action) return action;
  if (method === 'patch') return 'config.updated';
  if (method === 'delete') return 'config.deleted';
  const segments = path.split('/').slice(1);
  const last = segments.at(-1) ?? '';
  return isCollection(path) ? 'config.created' : `${singular(segments[0] ?? '')}.${last}`;
}

/** The records of a change: what it did, and apart from that which secrets it replaced. */
export function changeEntries(said: Said, call: Call, before: unknown, answer: unknown, body: unknown): AuditEntry[] {
  const after = said.method === 'delete' ? null : forRecord(said.answer, answer);
  const targets = targetsOf(said, call, before, after);
  const change = before === undefined && after === null ? {} : { change: { before: before ?? null, after } };
  const entry: AuditEntry = { ...common(said, call), action: actionOf(said), targets, ...change, outcome: { status: 'ok' } };
  const fields = said.method === 'patch' ? replacedSecrets(after, body) : [];
  return fields.length === 0 ? [entry] : [entry, { ...entry, ...rotated(fields) }];
}

/** What a longer change does on its way. */
export interface Step {
  readonly action: string;
  /** What the path names, unless given. */
  readonly target?: AuditTarget;
  readonly before: unknown;
  readonly after: unknown;
}

/** The record of a step that a longer change took. */
export const stepEntry = (said: Said, call: Call, { action, target, before, after }: Step): AuditEntry => ({
  ...common(said, call),
  ...{ action, targets: target ? [target] : targetsOf(said, call, before, after), change: { before, after }, outcome: { status: 'ok' } },
});

/** Something as answers show it, and as it is. */
export interface Shown {
  readonly shown: unknown;
  readonly real: unknown;
}

/** The steps that changing one thing would be by hand, secrets that it replaced included. */
export function stepsOf(action: string, target: AuditTarget, before: Shown | undefined, after: Shown): Step[] {
  const step = { action, target, before: before?.shown ?? null, after: after.shown };
  const fields = before ? replacedSecrets(after.shown, after.real, before.real) : [];
  if (fields.length === 0) return [step];
  const { action: name, change } = rotated(fields);
  return [step, { action: name, target, ...change }];
}

const rotated = (fields: readonly string[]) => ({ action: 'secret.rotated', change: { before: null, after: { fields } } });

/** The record of a change that did not come to its end, and may have happened in part. */
export function failureEntry(said: Said, call: Call, before: unknown, error: unknown): AuditEntry {
  const errorCode = error instanceof Refusal ? error.code : 'internal';
  const change = before === undefined ? {} : { change: { before, after: null } };
  return {
    ...common(said, call),
    action: actionOf(said),
    targets: targetsOf(said, call, before, null),
    ...change,
    outcome: { status: 'failed', errorCode },
  };
}

/** Refuses a look at content without the reason that the tenant wants. @throws Refusal 403 */
export function demandReason({ contentNeedsReason }: Caller, request: Request): void {
  if (contentNeedsReason && contextOf(request).reason === undefined)
    throw new Refusal(403, 'reason_required', 'This tenant asks why: send the reason in the header x-parley-reason, percent-encoded.');
}

/** Keeps that somebody read what people wrote. @param search all that was asked, where they searched; the page of the list is no part of that */
export async function recordLook(
  store: Store,
  now: Date,
  said: Said,
  call: Call,
  search: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  const { cursor: _, limit: __, ...searched } = search ?? {};
  const isSearch = search !== undefined;
  const words = JSON.stringify(searched);
  const targets = isSearch
    ? [{ type: 'search', id: createHash('sha256').update(words).digest('hex').slice(0, 32) }]
    : targetsOf(said, call, undefined, null);
  const { context, ...rest } = common(said, call);
  const entry: AuditEntry = {
    ...{ ...rest, action: isSearch ? 'transcript.searched' : 'transcript.viewed', targets },
    context: isSearch ? { ...context, search: searched } : context,
    outcome: { status: 'ok' },
  };
  if (!(await store.audit.isFresh(entry, new Date(now.getTime() - ONE_LOOK_MS)))) await store.audit.record(entry, now);
}

/** What concerns a whole tenant is no matter of the organization it was done in. */
const common = ({ right }: Said, { request, caller }: Call): Pick<AuditEntry, 'tenantId' | 'organizationId' | 'actor' | 'context'> => ({
  ...{
    tenantId: caller.tenantId,
    organizationId: right === 'tenant' ? null : (caller.scope?.organizationId ?? null),
    actor: actorOf(caller),
  },
  context: contextOf(request, caller),
});

/** From the path: each noun with its id, the last one first; of what was created, the id in the answer. */
function targetsOf({ method, path }: Said, { caller, params }: Call, before: unknown, after: unknown): AuditTarget[] {
  const segments = path.split('/').slice(1);
  const named = segments.flatMap((segment, place): AuditTarget[] => {
    const next = segments[place + 1];
    return next?.startsWith(':') ? [{ type: singular(segment), id: params[next.slice(1)] ?? '' }] : [];
  });
  const created = method === 'post' && isCollection(path) ? field(after, 'id') : undefined;
  const all = [...(created ? [{ type: singular(segments.at(-1) ?? ''), id: created }] : []), ...named.reverse()];
  const [main = { type: singular(segments[0] ?? ''), id: caller.tenantId ?? '' }, ...rest] = all;
  const name = field(after, 'name') ?? field(before, 'name') ?? field(after, 'email') ?? field(before, 'email');
  return [{ ...main, ...(name !== undefined && { name }) }, ...rest];
}

/** Paths of what is shown masked and was given anew. @param was what stood there before, where that is known */
function replacedSecrets(shown: unknown, given: unknown, was?: unknown, at = ''): string[] {
  if (!isRecord(shown) || !isRecord(given)) return [];
  return Object.entries(given).flatMap(([name, value]) => {
    const before = isRecord(was) ? was[name] : undefined;
    if (shown[name] !== MASK) return replacedSecrets(shown[name], value, before, `${at}${name}.`);
    return value === MASK || isDeepStrictEqual(value, before) ? [] : [`${at}${name}`];
  });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCollection = (path: string): boolean => /^(\/\w[\w-]*\/:\w+)*\/[\w-]+s$/.test(path);
const singular = (noun: string): string => (noun === 'people' ? 'person' : noun.replace(/s$/, ''));

function field(of: unknown, name: string): string | undefined {
  const value = typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
