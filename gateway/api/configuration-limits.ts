import { isDeepStrictEqual } from 'node:util';
import type { StoredLimit } from '../../store/spending';
import { checkFields, unfit } from './checking';
import { keep, only, type Work } from './configuration-work';
import type { Settings } from './masking';
import type { Shown } from './recording';
import { checkLimit, newLimit, recordedLimit } from './spending-fields';

/** By one side, the other: names by id when a file is written, ids by name when it is read. */
interface Known {
  readonly integrations: ReadonlyMap<string, string>;
  readonly experts: ReadonlyMap<string, string>;
}

/** Limits of one person stay where the person is, and of what is gone there is nothing to write. */
export function writeLimit(limit: StoredLimit, { integrations, experts }: Known): Record<string, unknown>[] {
  const { name, measure, amount, period, timeZone, action, expertId, integrationId, department, personId, eachPerson, enabled } = limit;
  const expert = expertId === null ? null : experts.get(expertId);
  const integration = integrationId === null ? null : integrations.get(integrationId);
  if (personId !== null || expert === undefined || integration === undefined) return [];
  return [{ name, measure, amount, period, timeZone, action, expert, integration, department, eachPerson, enabled }];
}

/** Makes a limit what the file says. @param all those there are @throws Refusal 422 */
export async function takeLimit(
  work: Work,
  { expert, integration, ...own }: Settings,
  path: string,
  { integrations, experts }: Known,
  all: readonly StoredLimit[],
): Promise<void> {
  const { deps, scope, changes } = work;
  const { spending } = deps.store;
  const idOf = (kind: 'expert' | 'integration', name: unknown, ids: ReadonlyMap<string, string>): string | null => {
    if (name === undefined || name === null) return null;
    const id = ids.get(String(name));
    if (!id) throw unfit([{ path: kind, message: `is no ${kind} of this file or organization` }]);
    return id;
  };
  const whose = {
    expertId: idOf('expert', expert, experts),
    integrationId: idOf('integration', integration, integrations),
    personId: null,
  };
  const fields = await checkLimit(deps, scope, checkFields(newLimit, { ...own, ...whose }));
  const current = only(all, fields.name);
  if (current?.personId) throw unfit([{ path: 'name', message: 'is the name of a limit for one person here' }]);
  const differing = current
    ? Object.entries(fields).filter(([name, value]) => !isDeepStrictEqual(value, current[name as keyof typeof fields]))
    : [];
  if (current && differing.length === 0) return;
  const saved = current ? await spending.save(scope, current.id, fields) : await spending.create(scope, fields);
  const shown = (one: StoredLimit): Shown => ({ shown: recordedLimit(one), real: {} });
  if (saved) keep(work, { type: 'spending-limit', id: saved.id, name: saved.name }, current && shown(current), shown(saved));
  changes.push({
    path,
    name: fields.name,
    action: current ? 'change' : 'create',
    fields: differing.map(([name]) => name.replace(/Id$/, '')),
  });
}
