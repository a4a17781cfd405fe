import { z } from 'zod';
import type { AuditFilter, AuditReach, AuditRecord } from '../../store/audit';
import type { Caller } from '../caller';
import type { GatewayDeps } from '../deps';
import { moment, text } from './checking';
import { type Operation, operation } from './operation';
import { aNumber, listOf, pageOf, pageQuery, readCursor } from './paging';

const any = z.unknown();
const recordAnswer = z.object({
  v: z.int().meta({ description: 'Of the shape of the record' }),
  id: z.uuid(),
  seq: z.int().meta({ description: 'Rises; numbers may be left out' }),
  ts: moment,
  kind: z.string(),
  action: z.string().meta({ description: '`config.updated`, `admin.login`, `transcript.viewed` …' }),
  actor: z.object({ type: z.string(), id: z.string().nullable(), name: z.string(), email: z.string().optional() }),
  targets: z.array(z.object({ type: z.string(), id: z.string(), name: z.string().optional() })).meta({ description: 'The main one first' }),
  context: z
    .record(z.string(), any)
    .meta({ description: 'Where from: `ip`, `ua`, `session`, `organization`; `reason` where one was given' }),
  change: z.object({ before: any, after: any }).nullable().meta({ description: 'Secrets as `***`; `secret.rotated` names replaced ones' }),
  outcome: z.object({ status: z.enum(['ok', 'refused', 'failed']), errorCode: z.string().optional() }),
});
const filters = pageQuery.extend({
  actor: text(100).optional().meta({ description: 'Id of a user or a key' }),
  action: text(100).optional(),
  target: text(100).optional().meta({ description: 'Id of what was changed or read, or of what that belongs to' }),
  from: moment.optional(),
  to: moment.optional().meta({ description: 'Before this time' }),
  everywhere: z.stringbool().default(false).meta({ description: 'Of the whole tenant, for its administrators' }),
});
const BEYOND_ANY = Number.MAX_SAFE_INTEGER;

/** What administrators did. */
export const auditOperations = ({ store }: GatewayDeps): readonly Operation[] => [
  operation({
    ...{ method: 'get', path: '/audit', tag: 'Audit', summary: 'What administrators did, newest first', right: 'audit' },
    ...{ query: filters, status: 200, answer: listOf(recordAnswer) },
    async run({ caller, query: { cursor, limit, everywhere, ...given } }) {
      const [before] = readCursor(aNumber, cursor) ?? [BEYOND_ANY];
      const found = await store.audit.list(reachOf(caller, everywhere), toFilter(given), before, limit + 1);
      return pageOf(found, limit, ({ seq }) => [seq], present);
    },
  }),
];

function reachOf({ role, scope, tenantId }: Caller, everywhere: boolean): AuditReach {
  if (tenantId && role === 'tenant_admin' && (everywhere || !scope)) return { tenantId };
  return scope ? { organizationId: scope.organizationId } : 'platform';
}

function toFilter({ from, to, ...rest }: Omit<z.output<typeof filters>, 'cursor' | 'limit' | 'everywhere'>): AuditFilter {
  const all = { ...rest, from: from && new Date(from), to: to && new Date(to) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as AuditFilter;
}

const present = ({ v, id, seq, ts, kind, action, organizationId, actor, targets, context, change, outcome }: AuditRecord) => ({
  ...{ v, id, seq, ts: ts.toISOString(), kind, action, actor, targets, context: { ...context, organization: organizationId } },
  ...{ change: change ?? null, outcome },
});
