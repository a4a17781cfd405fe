import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import type { Session } from '../../store/sessions';
import { type GatewayDeps, nowOf } from '../deps';
import { hashPassword, matchesPassword, newPassword } from '../passwords';
import { accountKey, throttle } from '../sign-in';
import { moment, unknownId } from './checking';
import { type Operation, operation } from './operation';
import { listOf } from './paging';

const sessionAnswer = z.object({
  id: z.uuid(),
  isThis: z.boolean(),
  way: z.enum(['password', 'single_sign_on', 'link']),
  createdAt: moment,
  seenAt: moment,
  expiresAt: moment.meta({ description: 'Earlier without use' }),
  ip: z.string().nullable(),
  ua: z.string().nullable(),
});
const GUESSES = { limit: 10, windowMs: 15 * 60_000 };

/** The own sessions and the own password, for people who signed in. */
export const ownSessionOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const shared = { tag: 'Session', right: 'self' } as const;
  return [
    operation({
      ...{ ...shared, method: 'get', path: '/sessions', summary: 'Where one is signed in, last used first; none for API keys' },
      ...{ status: 200, answer: listOf(sessionAnswer) },
      async run({ caller }) {
        const found = caller.kind === 'user' && caller.id ? await store.sessions.list(caller.id, nowOf(deps)) : [];
        return { items: found.map((one) => present(one, caller.session?.id)), nextCursor: null };
      },
    }),
    operation({
      ...{
        ...shared,
        method: 'delete',
        path: '/sessions/:id',
        summary: 'Ends one of them',
        action: 'session.revoked',
        status: 204,
        atomic: true,
      },
      async run({ caller, params }) {
        if (caller.kind !== 'user' || !caller.id || !(await store.sessions.revoke(caller.id, params.id, nowOf(deps))))
          throw unknownId('session');
      },
    }),
    operation({
      ...{ ...shared, method: 'post', path: '/session/password', summary: 'Changes the own password and ends all other sessions' },
      ...{ action: 'password.changed', status: 204, refusals: [429] },
      body: z.strictObject({ current: z.string().min(1).max(1000), next: newPassword }),
      async run({ caller, body }) {
        const user = caller.kind === 'user' && caller.id ? await store.users.find(caller.id) : undefined;
        if (!user) throw new Refusal(403, 'no_session', 'Only signed-in people have a password.');
        await throttle(deps, accountKey(user), GUESSES);
        if (!(await matchesPassword(user.password, body.current)))
          throw new Refusal(422, 'invalid', 'Some fields do not fit.', [{ path: 'current', message: 'is not your password' }]);
        const hashed = await hashPassword(body.next);
        await store.atomically(async () => {
          await store.users.setPassword(user.id, hashed);
          await store.sessions.revokeAll(user.id, nowOf(deps), caller.session?.id);
        });
        await store.attempts.forget(accountKey(user));
      },
    }),
  ];
};

const present = ({ id, way, createdAt, seenAt, expiresAt, ip, ua }: Session, own: string | undefined) => ({
  ...{ id, isThis: id === own, way, ip, ua },
  ...{ createdAt: createdAt.toISOString(), seenAt: seenAt.toISOString(), expiresAt: expiresAt.toISOString() },
});
