import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Right } from '../../domain/roles';
import type { AuditEntry } from '../../store/audit';
import { actorOf, contextOf } from '../auth';
import { type GatewayDeps, nowOf } from '../deps';
import { checkFields } from './checking';
import { type Operation, type Reach, reachOf } from './operation';
import { demandReason } from './recording';

/** A file that is made while it is sent. */
export interface Download {
  readonly name: string;
  readonly type: string;
  readonly chunks: AsyncIterable<string>;
  /** What it held, once it is complete; for the record. */
  readonly summary?: () => object | undefined;
}

interface Call<Path extends string, Query, Found> extends Reach<Path> {
  readonly query: Query;
  readonly found: Found;
  /** Why the caller says they want it. */
  readonly reason: string | undefined;
}

interface Definition<Path extends string, Query extends z.ZodType, Found> {
  readonly path: Path;
  readonly tag: string;
  readonly summary: string;
  readonly right: Right;
  /** It holds what people wrote: recorded when it begins and when it is complete, each time. */
  readonly transcript?: true;
  readonly query: Query;
  readonly types: readonly string[];
  /** @throws Refusal 404 */
  readonly find?: (reach: Reach<Path>) => Promise<Found>;
  readonly run: (call: Call<Path, z.output<Query>, Found>) => Promise<Download>;
}

/** A route that answers with a file. One that breaks off while it is made breaks off for its reader too: the connection is cut. */
export function download<Path extends string, Query extends z.ZodType, Found = undefined>(
  definition: Definition<Path, Query, Found>,
): Operation {
  const { path, tag, summary, right, transcript, query: asked, types, find, run } = definition;
  return {
    ...{ method: 'get', path, tag, summary, right, query: asked, status: 200, answer: z.string(), contentType: types },
    look: async () => null,
    async handle(request, response, deps) {
      const reach = reachOf<Path>(request, response, right);
      const found = (await find?.(reach)) as Found;
      const query = checkFields(asked, request.query) as z.output<Query>;
      if (transcript) demandReason(reach.caller, request);
      const file = await run({ ...reach, query, found, reason: contextOf(request).reason });
      const entry = entryOf(request, reach, query);
      if (transcript) await record(deps, { ...entry, action: 'transcript.exported' });
      await send(response, file);
      const held = file.summary?.();
      if (transcript && held)
        await record(deps, { ...entry, action: 'transcript.export_completed', change: { before: null, after: held } });
    },
  };
}

const record = ({ store, ...deps }: GatewayDeps, entry: AuditEntry): Promise<void> => store.audit.record(entry, nowOf(deps));

function entryOf(request: Request, { caller, params, scope }: Reach<string>, query: unknown): Omit<AuditEntry, 'action'> {
  const id = (params as Readonly<Record<string, string>>).id;
  return {
    ...{ tenantId: scope.tenantId, organizationId: scope.organizationId, actor: actorOf(caller) },
    targets: [id ? { type: 'conversation', id } : { type: 'organization', id: scope.organizationId }],
    context: { ...contextOf(request, caller), export: query },
    outcome: { status: 'ok' },
  };
}

/** What fails before the first piece is refused as usual. */
async function send(response: Response, { name, type, chunks }: Download): Promise<void> {
  const pieces = chunks[Symbol.asyncIterator]();
  const first = await pieces.next();
  response.status(200).set({
    'cache-control': 'no-store',
    'content-type': `${type}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name}"`,
  });
  const rest = async function* () {
    for (let piece = first; !piece.done; piece = await pieces.next()) yield piece.value;
  };
  try {
    await pipeline(Readable.from(rest()), response);
  } catch (error) {
    // Whoever asked has gone.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  } finally {
    await pieces.return?.();
  }
}
