import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import type { Language } from '../../domain/language';
import { holds, type Right } from '../../domain/roles';
import type { Scope } from '../../store/scope';
import { callerOf, demand, scopeOf } from '../auth';
import type { Caller } from '../caller';
import { type GatewayDeps, nowOf } from '../deps';
import { languageOf } from '../language';
import { checkFields } from './checking';
import { contentAsked, forRecord, toldIn, withoutContent } from './content';
import { changeEntries, demandReason, failureEntry, recordLook, type Step, stepEntry } from './recording';

type Method = 'get' | 'post' | 'patch' | 'delete';
type ParamNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What a route has in hand before it looks at query and body. */
export interface Reach<Path extends string> {
  readonly caller: Caller;
  readonly scope: Scope;
  readonly params: Readonly<Record<ParamNames<Path>, string>>;
  /** Where the caller reaches us: `https://host`. */
  readonly origin: string;
  /** Of the caller, as the browser says. */
  readonly language: Language;
}

interface Call<Path extends string, Query, Body, Found> extends Reach<Path> {
  readonly query: Query;
  readonly body: Body;
  readonly found: Found;
  /** Has work follow once change and record are committed; what it resolves with is added to the answer. What fails then is recorded as well. */
  readonly afterwards: (work: () => Promise<unknown>) => void;
  /** Keeps a step that a longer change takes on its way, within the step's own transaction. */
  readonly record: (step: Step) => Promise<void>;
}

interface Definition<Path extends string, Query extends z.ZodType, Body extends z.ZodType, Found> {
  readonly method: Method;
  /** Below `/api/v1`; names that end in `id` are UUIDs. */
  readonly path: Path;
  readonly tag: string;
  readonly summary: string;
  /** What the caller must hold; `read` for what only reads and `configure` for the rest unless said. */
  readonly right?: Right;
  /** What records call it, where it depends on what is asked too; derived from method and path unless said. */
  readonly action?: string | ((query: z.output<Query>) => string);
  /** What `run` changes and its record are one transaction: whatever is no matter of the database comes `afterwards`, or first, in `prepare`. */
  readonly atomic?: true;
  /** It shows what people wrote: looks are recorded, and need a reason where the tenant says so. */
  readonly transcript?: true;
  readonly query?: Query;
  readonly body?: Body;
  readonly status: 200 | 201 | 202 | 204;
  readonly answer?: z.ZodType;
  /** Refusals beyond those that every route of this form has. */
  readonly refusals?: readonly (409 | 422 | 429 | 503)[];
  /** Finds what the path names, before the body is looked at. @throws Refusal 404 */
  readonly find?: (reach: Reach<Path>) => Promise<Found>;
  /** Comes before `run`, and is no part of its transaction. */
  readonly prepare?: (call: Call<Path, z.output<Query>, z.output<Body>, Found>) => Promise<void>;
  /** Resolves with the answer's body. */
  readonly run: (call: Call<Path, z.output<Query>, z.output<Body>, Found>) => Promise<unknown>;
}

/** What the documentation says of one route. */
export interface Documented
  extends Pick<
    Definition<string, z.ZodType, z.ZodType, unknown>,
    'method' | 'path' | 'tag' | 'summary' | 'right' | 'query' | 'body' | 'answer'
  > {
  readonly status: number;
  readonly refusals?: readonly number[];
  /** Not below `/api/v1`, and for callers without a key. */
  readonly open?: true;
  /** Of the answer, where it is not JSON; several where the caller chooses. */
  readonly contentType?: string | readonly string[];
  /** Of the body, where it is not JSON. */
  readonly requestType?: string;
}

/** One route: what the router registers and what OpenAPI says, from the same words. */
export interface Operation extends Documented {
  readonly right: Right;
  /** What a route that only reads would answer; records tell by it how things stood before. */
  readonly look: (request: Request, response: Response) => Promise<unknown>;
  /** @param before the look of the route with the same path */
  readonly handle: (request: Request, response: Response, deps: GatewayDeps, before?: Operation['look']) => Promise<void>;
}

export function operation<
  Path extends string,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Found = undefined,
>(definition: Definition<Path, Query, Body, Found>): Operation {
  const { find, run, prepare, action: called, ...said } = definition;
  const right = said.right ?? (said.method === 'get' ? 'read' : 'configure');

  async function reading(request: Request, response: Response, deps: GatewayDeps): Promise<unknown> {
    const reach = reachOf<Path>(request, response, right);
    const found = (await find?.(reach)) as Found;
    const query = said.query && checkFields(said.query, request.query);
    const searched = contentAsked(said.query, query);
    const looks = said.transcript || Object.keys(searched).length > 0;
    if (Object.keys(searched).length > 0) demand(reach.caller, 'content');
    const isRecorded = looks && holds(reach.caller.role, 'content');
    if (isRecorded) demandReason(reach.caller, request);
    const answer = await run({
      ...reach,
      query: query as z.output<Query>,
      body: undefined as z.output<Body>,
      found,
      ...ONLY_READS,
    });
    const search = Object.keys(searched).length > 0 ? (query as Readonly<Record<string, unknown>>) : undefined;
    if (isRecorded) await recordLook(deps.store, nowOf(deps), said, { request, ...reach }, search);
    return answer;
  }

  async function changing(
    request: Request,
    response: Response,
    deps: GatewayDeps,
    before: Operation['look'] | undefined,
  ): Promise<unknown> {
    const { store } = deps;
    const reach = reachOf<Path>(request, response, right);
    const call = { request, ...reach };
    const found = (await find?.(reach)) as Found;
    const query = said.query && checkFields(said.query, request.query);
    const body = said.body && checkFields(said.body, request.body);
    const told = { ...said, action: typeof called === 'function' ? called(query as z.output<Query>) : called };
    const following: (() => Promise<unknown>)[] = [];
    const given = { ...reach, query: query as z.output<Query>, body: body as z.output<Body>, found };
    const whole = {
      ...given,
      afterwards: (work: () => Promise<unknown>) => void following.push(work),
      record: (step: Step) => store.audit.record(stepEntry(told, call, step), nowOf(deps)),
    };
    let stood: unknown;
    const recordFailure = async (error: unknown): Promise<never> => {
      if (!isWholeRefusal(error)) await store.audit.record(failureEntry(told, call, stood, error), nowOf(deps));
      throw error;
    };
    const work = async (): Promise<unknown> => {
      stood = await before?.(request, response);
      const answer = await (said.atomic ? run(whole) : run(whole).catch(recordFailure));
      for (const entry of changeEntries(told, call, stood, answer, body)) await store.audit.record(entry, nowOf(deps));
      return answer;
    };
    if (prepare) {
      stood = await before?.(request, response);
      await prepare(whole).catch(recordFailure);
    }
    let answer = await (said.atomic ? store.atomically(work) : work());
    for (const follow of following) {
      const more = await follow().catch(recordFailure);
      if (typeof more === 'object') answer = { ...(answer as object), ...more };
    }
    return answer;
  }

  return {
    ...said,
    right,
    async look(request, response) {
      const reach = reachOf<Path>(request, response, right);
      const found = (await find?.(reach)) as Found;
      const nothing = { query: undefined as z.output<Query>, body: undefined as z.output<Body>, ...ONLY_READS };
      const answer = await run({ ...reach, ...nothing, found });
      return forRecord(said.answer, JSON.parse(JSON.stringify(answer ?? null)));
    },
    async handle(request, response, deps, before) {
      const { caller } = reachOf<Path>(request, response, right);
      const answer = said.method === 'get' ? await reading(request, response, deps) : await changing(request, response, deps, before);
      response.status(said.status).set('cache-control', 'no-store');
      if (said.status === 204) response.end();
      else {
        const shown = holds(caller.role, 'content') ? (answer ?? {}) : withoutContent(said.answer, answer ?? {});
        response.json(toldIn(languageOf(request), said.answer, shown));
      }
    },
  };
}

/** What only reads has nothing that could follow, and takes no steps. */
const ONLY_READS = { afterwards: (): void => undefined, record: async (): Promise<void> => undefined };

/** Refused before anything was changed. */
const isWholeRefusal = (error: unknown): boolean => error instanceof Refusal && error.status < 500;

/** Rights that need no organization. */
const ANYWHERE: readonly Right[] = ['self', 'audit', 'tenant', 'platform'];

/** @throws Refusal 403 without the right or an organization, 404 for what is no id */
export function reachOf<Path extends string>(request: Request, response: Response, right: Right): Reach<Path> {
  const caller = callerOf(response);
  demand(caller, right);
  const params = Object.entries(request.params as Record<string, string>);
  const scope = caller.scope ?? (ANYWHERE.includes(right) ? NOWHERE : scopeOf(response));
  if (params.some(([name, value]) => /id$/i.test(name) && !z.uuid().safeParse(value).success))
    throw new Refusal(404, 'not_found', 'Nothing has this id.');
  return {
    caller,
    scope,
    params: Object.fromEntries(params) as Reach<Path>['params'],
    origin: `${request.protocol}://${request.headers.host}`,
    language: languageOf(request),
  };
}

/** Sees no rows at all. */
const NOWHERE: Scope = { tenantId: '00000000-0000-0000-0000-000000000000', organizationId: '00000000-0000-0000-0000-000000000000' };

/** Registers the operations. Whatever changes something knows, by the route that reads the same path, how it stood before. */
export function routerOf(operations: readonly Operation[], deps: GatewayDeps): Router {
  const router = Router();
  for (const { method, path, handle } of operations) {
    const before = method === 'get' ? undefined : operations.find((one) => one.method === 'get' && one.path === path && !one.query)?.look;
    router[method](path, (request, response) => handle(request, response, deps, before));
  }
  return router;
}
