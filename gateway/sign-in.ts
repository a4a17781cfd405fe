import { createHash } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { Refusal } from '../domain/errors';
import type { SignInWay } from '../store/sessions';
import { normalizeEmail, type User } from '../store/users';
import { checkFields } from './api/checking';
import { callerFrom, contextOf } from './auth';
import type { Caller } from './caller';
import { cookieOptions, guardForgery, sessionCookie } from './cookies';
import { type GatewayDeps, nowOf } from './deps';
import { matchesPassword } from './passwords';
import { describeSession } from './session';

export const emailField = z.email().max(254).transform(normalizeEmail).meta({ description: 'Compared without regard to case' });

export const signInBody = z.strictObject({
  email: emailField,
  password: z.string().min(1).max(1000),
  tenantId: z
    .uuid()
    .nullable()
    .optional()
    .meta({ description: 'Needed only where one address and password open several tenants; null is the platform itself' }),
});

export const waysQuery = z.object({ email: emailField });
export const waysAnswer = z.object({
  singleSignOn: z.array(z.object({ tenant: z.string(), url: z.string().meta({ description: 'Where the browser goes to sign in' }) })),
});

/** Guesses until nobody may try for the rest of the quarter of an hour: for one account, and from one address. */
const WINDOW_MS = 15 * 60_000;
const PER_ACCOUNT = { limit: 10, windowMs: WINDOW_MS };
const PER_ADDRESS = { limit: 100, windowMs: WINDOW_MS };
const QUESTIONS = { limit: 300, windowMs: WINDOW_MS };

/** What needs no caller: signing in by password, and the question how. */
export function signInRoutes(deps: GatewayDeps, others: readonly Router[]): Router {
  const router = Router();
  const { store, config } = deps;
  router.use(express.json({ limit: '20kb', strict: false, type: ({ method }) => method !== 'GET' }));
  router.use((request, _, next) => {
    guardForgery(config, request);
    next();
  });
  router.post('/', async (request, response) => {
    const body = checkFields(signInBody, request.body);
    const user = await userOf(deps, request, body);
    response.json(await describeSession(deps, await enter(deps, request, response, user, 'password')));
  });
  router.get('/ways', async (request, response) => {
    await throttle(deps, `question ${request.ip}`, QUESTIONS);
    const { email } = checkFields(waysQuery, request.query);
    const found = await store.singleSignOn.tenantsOf(email.split('@')[1] ?? '');
    const url = (id: string) => `${config.publicUrl ?? ''}/api/v1/sign-in/single-sign-on/${id}`;
    response.json({ singleSignOn: found.map(({ id, name }) => ({ tenant: name, url: url(id) })) });
  });
  for (const other of others) router.use(other);
  return router;
}

/** @throws Refusal 401, the same for unknown addresses and wrong passwords; 429 after too many guesses */
async function userOf(deps: GatewayDeps, request: Request, { email, password, tenantId }: z.output<typeof signInBody>): Promise<User> {
  const { store } = deps;
  const address = `address ${request.ip}`;
  await throttle(deps, address, PER_ADDRESS);
  const accounts = await store.users.withEmail(email, tenantId);
  const { tried, opened, waitMs } = await openedBy(deps, accounts, email, password);
  const [user, another] = opened;
  if (!user) {
    for (const one of accounts.length > 0 ? tried : [undefined]) await recordFailure(deps, request, 'wrong_credentials', email, one);
    if (waitMs > 0) throw tooMany(waitMs);
    throw new Refusal(401, 'wrong_credentials', 'The address or the password is wrong.');
  }
  await Promise.all([...opened.map((one) => store.attempts.forget(accountKey(one))), store.attempts.giveBack(address)]);
  if (another) throw await severalTenants(deps, opened);
  return user;
}

/**
 * The accounts that the password opens. Each counts its own guesses, because of others of the same address somebody else may know the password;
 * addresses without an account are counted as well, so that nobody learns which they are.
 * @returns also which were tried, and how long to wait for those that may not be tried now, in milliseconds
 * @throws Refusal 429 where none may
 */
async function openedBy(deps: GatewayDeps, accounts: readonly User[], email: string, password: string) {
  if (accounts.length === 0) {
    await throttle(deps, addressKey(email), PER_ACCOUNT);
    await matchesPassword(undefined, password);
  }
  const opened: User[] = [];
  const tried: User[] = [];
  let waitMs = 0;
  for (const user of accounts) {
    const wait = await deps.store.attempts.take(accountKey(user), PER_ACCOUNT, nowOf(deps));
    waitMs = Math.max(waitMs, wait);
    if (wait > 0) continue;
    tried.push(user);
    if (await matchesPassword(user.password, password)) opened.push(user);
  }
  if (accounts.length > 0 && tried.length === 0) throw tooMany(waitMs);
  return { tried, opened, waitMs };
}

/** Names them to whoever knows the password of them all. */
async function severalTenants({ store }: GatewayDeps, opened: readonly User[]): Promise<Refusal> {
  const choices = opened.map(async ({ tenantId }) => ({
    path: 'tenantId',
    message: (tenantId === null ? undefined : (await store.access.tenant(tenantId))?.name) ?? 'Parley',
    value: tenantId,
  }));
  return new Refusal(409, 'several_tenants', 'This address and password open several tenants: say which.', await Promise.all(choices));
}

export const accountKey = ({ id }: Pick<User, 'id'>): string => `account ${id}`;
export const addressKey = (email: string): string => `account ${createHash('sha256').update(email).digest('hex')}`;

/** Counts one more. @throws Refusal 429 that says when to try again */
export async function throttle(
  deps: GatewayDeps,
  key: string,
  limits: { readonly limit: number; readonly windowMs: number },
): Promise<void> {
  const waitMs = await deps.store.attempts.take(key, limits, nowOf(deps));
  if (waitMs > 0) throw tooMany(waitMs);
}

const tooMany = (waitMs: number): Refusal =>
  new Refusal(429, 'too_many_attempts', `Too many attempts: try again in ${Math.ceil(waitMs / 60_000)} min.`, [], { retryAfterMs: waitMs });

/** Opens a session, gives the browser its cookie, and records it. */
export async function enter(deps: GatewayDeps, request: Request, response: Response, user: User, way: SignInWay): Promise<Caller> {
  const { store, config } = deps;
  const { sessionIdleMs: idleMs, sessionMs: totalMs } = config.access;
  const now = nowOf(deps);
  const context = contextOf(request);
  await Promise.all([store.attempts.tidy(now), store.sessions.tidy(now)]);
  const caller = await store.atomically(async () => {
    const { id, token } = await store.sessions.open(user, { way, ip: context.ip, ua: context.ua, now, idleMs, totalMs });
    await store.users.signedIn(user.id, now);
    const holder = await store.sessions.holder(token, now, { idleMs });
    if (!holder) throw new Refusal(401, 'unauthenticated', 'This account is gone.');
    const entered = callerFrom(holder);
    await store.audit.record(
      {
        ...{ action: 'admin.login', tenantId: user.tenantId, organizationId: entered.scope?.organizationId ?? null, targets: [] },
        actor: { type: 'admin', id: user.id, name: user.name, email: user.email },
        context: { ...context, session: id, way },
        outcome: { status: 'ok' },
      },
      now,
    );
    response.cookie(sessionCookie(config), token, { ...cookieOptions(config), maxAge: totalMs });
    return entered;
  });
  return caller;
}

/** Keeps that somebody did not get in. Whoever is not known is named by the address given. */
export async function recordFailure(
  deps: GatewayDeps,
  request: Request,
  errorCode: string,
  email: string,
  user?: Pick<User, 'id' | 'name' | 'tenantId'>,
  tenantId: string | null = null,
): Promise<void> {
  await deps.store.audit.record(
    {
      ...{ action: 'admin.login_failed', targets: [], context: contextOf(request), outcome: { status: 'refused', errorCode } },
      ...{ tenantId: user?.tenantId ?? tenantId, organizationId: user ? await deps.store.users.firstOrganization(user.id) : null },
      actor: user ? { type: 'admin', id: user.id, name: user.name, email } : { type: 'unknown', id: null, name: email, email },
    },
    nowOf(deps),
  );
}
