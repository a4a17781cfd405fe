import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import type { Scope } from '../../store/scope';
import { type Caller, callerOf, scopeOf } from '../auth';
import { checkFields } from './checking';

type Method = 'get' | 'post' | 'patch' | 'delete';
type ParamNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What a route has in hand before it looks at query and body. */
interface Reach<Path extends string> {
  readonly caller: Caller;
  readonly scope: Scope;
  readonly params: Readonly<Record<ParamNames<Path>, string>>;
  /** Where the caller reaches us: `https://host`. */
  readonly origin: string;
}

interface Call<Path extends string, Query, Body, Found> extends Reach<Path> {
  readonly query: Query;
  readonly body: Body;
  readonly found: Found;
}

interface Definition<Path extends string, Query extends z.ZodType, Body extends z.ZodType, Found> {
  readonly method: Method;
  /** Below `/api/v1`; names that end in `id` are UUIDs. */
  readonly path: Path;
  readonly tag: string;
  readonly summary: string;
  /** Set for what only the platform's administrator may do; everything else belongs to an organization. */
  readonly role?: 'platform';
  readonly query?: Query;
  readonly body?: Body;
  readonly status: 200 | 201 | 202 | 204;
  readonly answer?: z.ZodType;
  /** Refusals beyond those that every route of this form has. */
  readonly refusals?: readonly (409 | 422 | 503)[];
  /** Finds what the path names, before the body is looked at. @throws Refusal 404 */
  readonly find?: (reach: Reach<Path>) => Promise<Found>;
  /** Resolves with the answer's body. */
  readonly run: (call: Call<Path, z.output<Query>, z.output<Body>, Found>) => Promise<unknown>;
}

/** What the documentation says of one route. */
export interface Documented
  extends Pick<
    Definition<string, z.ZodType, z.ZodType, unknown>,
    'method' | 'path' | 'tag' | 'summary' | 'role' | 'query' | 'body' | 'answer'
  > {
  readonly status: number;
  readonly refusals?: readonly number[];
  /** Not below `/api/v1`, and for callers without a key. */
  readonly open?: true;
  /** Of the answer, where it is not JSON. */
  readonly contentType?: string;
  /** Of the body, where it is not JSON. */
  readonly requestType?: string;
}

/** One route: what the router registers and what OpenAPI says, from the same words. */
export interface Operation extends Documented {
  readonly handle: (request: Request, response: Response) => Promise<void>;
}

export function operation<
  Path extends string,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Found = undefined,
>(definition: Definition<Path, Query, Body, Found>): Operation {
  const { find, run, ...said } = definition;
  return {
    ...said,
    async handle(request, response) {
      const reach = reachOf<Path>(request, response, said.role);
      const found = (await find?.(reach)) as Found;
      const query = said.query && checkFields(said.query, request.query);
      const body = said.body && checkFields(said.body, request.body);
      const answer = await run({ ...reach, query: query as z.output<Query>, body: body as z.output<Body>, found });
      response.status(said.status).set('cache-control', 'no-store');
      if (said.status === 204) response.end();
      else response.json(answer ?? {});
    },
  };
}

function reachOf<Path extends string>(request: Request, response: Response, role: 'platform' | undefined): Reach<Path> {
  const caller = callerOf(response);
  if (role && caller.role !== role) throw new Refusal(403, 'forbidden', 'Only the key of the platform administrator may do this.');
  const params = Object.entries(request.params as Record<string, string>);
  const scope = role ? NOWHERE : scopeOf(response);
  if (params.some(([name, value]) => /id$/i.test(name) && !z.uuid().safeParse(value).success))
    throw new Refusal(404, 'not_found', 'Nothing has this id.');
  return {
    caller,
    scope,
    params: Object.fromEntries(params) as Reach<Path>['params'],
    origin: `${request.protocol}://${request.headers.host}`,
  };
}

/** Sees no rows at all. */
const NOWHERE: Scope = { tenantId: '00000000-0000-0000-0000-000000000000', organizationId: '00000000-0000-0000-0000-000000000000' };

export function routerOf(operations: readonly Operation[]): Router {
  const router = Router();
  for (const { method, path, handle } of operations) router[method](path, handle);
  return router;
}
