import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import { userOf } from '../../domain/person';
import { eraseFiles } from '../../store/attachments';
import type { PersonRow } from '../../store/people';
import type { Scope } from '../../store/scope';
import type { StoredLimit } from '../../store/spending';
import type { GatewayDeps } from '../deps';
import { unfit } from './checking';
import { type Operation, operation } from './operation';
import { personOf } from './people';
import { personDetail, presentIdentity, presentPerson } from './people-view';
import { removedLimit } from './spending-fields';

/** More identities of one user than a person has: a mapping that gives many people the same user. */
const MOST_IDENTITIES = 10;

const mergeBody = z.strictObject({
  into: z.uuid().optional().meta({ description: 'Another person, whose user this one is from now on' }),
  userId: z.uuid().optional().meta({ description: 'Or a user' }),
});
const eraseQuery = z.object({
  identities: z.enum(['all', 'one']).default('all').meta({ description: 'Of the same user, or this one alone' }),
});

interface Named {
  readonly scope: Scope;
  readonly params: { readonly id: string };
}

/** What administrators do about people. */
export const peopleChangeOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'People';
  const evenErased = ({ scope, params }: Named) => personOf(deps, scope, params.id);
  const find = async (named: Named): Promise<PersonRow> => {
    const found = await evenErased(named);
    if (found.erasedAt) throw new Refusal(409, 'erased', 'This person was erased.');
    return found;
  };
  const shown = async (scope: Scope, id: string) => {
    const identities = await store.people.identities(scope, id);
    return { ...presentPerson((await store.people.get(scope, id))!), identities: identities.map(presentIdentity) };
  };
  const blocking = (path: '/people/:id/block' | '/people/:id/unblock', action: string, summary: string): Operation =>
    operation({
      ...{
        method: 'post',
        path,
        tag,
        summary,
        right: 'operate',
        action,
        atomic: true,
        status: 200,
        answer: personDetail,
        refusals: [409],
        find,
      },
      async run({ scope, params }) {
        await store.people.setBlocked(scope, params.id, action === 'person.blocked');
        return await shown(scope, params.id);
      },
    });
  return [
    operation({
      ...{
        method: 'post',
        path: '/people/:id/merge',
        tag,
        summary: 'Makes this person and another one the same user, for good',
        action: 'person.merged',
      },
      ...{ atomic: true, body: mergeBody, status: 200, answer: personDetail, refusals: [409], find },
      async run({ scope, params, body, found }) {
        await store.people.join(scope, params.id, await goalOf(deps, scope, found, body));
        return await shown(scope, params.id);
      },
    }),
    blocking('/people/:id/block', 'person.blocked', 'Ignores whatever this user says, on every platform'),
    blocking('/people/:id/unblock', 'person.unblocked', 'No longer ignores this user'),
    operation({
      ...{
        method: 'delete',
        path: '/people/:id',
        tag,
        summary: 'Erases a person: names, words, files and the answers they went into; deletes limits on this person alone',
        action: 'person.erased',
      },
      ...{ query: eraseQuery, status: 204, refusals: [409], find: evenErased },
      async run({ scope, found, query, record }) {
        const limits = await erase(deps, scope, found, query.identities);
        for (const limit of limits) await record(removedLimit(limit));
      },
    }),
  ];
};

/** The user that somebody becomes; made where the other person has none yet. */
async function goalOf(deps: GatewayDeps, scope: Scope, found: PersonRow, { into, userId }: z.output<typeof mergeBody>): Promise<string> {
  const { store } = deps;
  if ((into === undefined) === (userId === undefined)) throw unfit([{ path: 'into', message: 'or userId must be given, and not both' }]);
  if (userId !== undefined) {
    if (!(await store.directory.get(scope, userId))) throw unfit([{ path: 'userId', message: 'is no user of this organization' }]);
    return userId;
  }
  const other = await store.people.get(scope, into!);
  if (!other || other.erasedAt || other.id === found.id)
    throw unfit([{ path: 'into', message: 'is no other person of this organization' }]);
  const known = other.user?.id;
  const { integrationId, channel, platformId, facts } = other;
  const fields = {
    ...userOf(platformId, { ...(other.name && { name: other.name }), ...facts }),
    source: channel,
    subject: `${integrationId}/${platformId}`,
  };
  const goal = known ?? (await store.directory.save(scope, fields));
  await store.people.pin(scope, other.id, goal);
  return goal;
}

/** Files first: where they cannot be reached nothing is erased, and it can be asked for again; also for what came in between. */
async function erase({ store, files }: GatewayDeps, scope: Scope, found: PersonRow, which: 'all' | 'one'): Promise<readonly StoredLimit[]> {
  const all = which === 'all' && !found.erasedAt ? await store.people.identities(scope, found.id) : [found];
  if (all.length > MOST_IDENTITIES)
    throw new Refusal(409, 'shared_user', 'Many people are mapped to this user: erase them one by one, with identities=one.');
  const ids = all.map(({ id }) => id);
  if (await store.erasure.isUnderWay(ids))
    throw new Refusal(409, 'under_way', 'Something of this person is being answered: try again when that has ended, or stop it.');
  for (const { id, integrationId } of all) {
    const kept = (await store.erasure.handles(id)).filter((handle) => /^[\w-]+$/.test(handle));
    await files.remove(kept.map((handle) => `platform/${integrationId}/files/${handle}`));
    await eraseFiles(store.attachments, files, { personId: id });
  }
  return await store.erasure.erase(scope, ids);
}
