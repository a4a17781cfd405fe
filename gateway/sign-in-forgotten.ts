import { type Request, Router } from 'express';
import { z } from 'zod';
import { Refusal } from '../domain/errors';
import type { User } from '../store/users';
import { checkFields } from './api/checking';
import { contextOf } from './auth';
import { type GatewayDeps, nowOf } from './deps';
import { languageOf } from './language';
import { addressKey, emailField, throttle } from './sign-in';
import { linkUrl } from './sign-in-links';
import { mailLink } from './sign-in-mail';

export const forgottenBody = z.strictObject({ email: emailField });
export const forgottenAnswer = z.object({ isPossible: z.boolean().meta({ description: 'Links can be mailed from here' }) });

const HOUR_MS = 3_600_000;
const PER_ACCOUNT = { limit: 3, windowMs: HOUR_MS };
const PER_ADDRESS = { limit: 20, windowMs: HOUR_MS };
const LINK_MS = HOUR_MS;

/** A new password for whoever reads the mail of the address. What is answered never tells whether anybody has an account. */
export function forgottenRoutes(deps: GatewayDeps): Router {
  const router = Router();
  const { log } = deps;
  router.get('/forgotten', (_, response) => void response.json({ isPossible: originOf(deps) !== undefined }));
  router.post('/forgotten', async (request, response) => {
    const { email } = checkFields(forgottenBody, request.body);
    const origin = originOf(deps);
    if (!deps.config.mail || !origin)
      throw new Refusal(409, 'no_mail', 'No mail can be sent from here: ask an administrator for a link that sets a new password.');
    await throttle(deps, `forgotten ${request.ip}`, PER_ADDRESS);
    await throttle(deps, `forgotten ${addressKey(email)}`, PER_ACCOUNT);
    response.status(202).json({});
    // Answered first: how long it takes would tell whom it finds.
    await mailLinks(deps, request, email, origin).catch((error: unknown) => {
      log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'a forgotten password could not be seen to');
    });
  });
  return router;
}

/** The address of links that nobody signed in asks for: what a request says of its host is not to be trusted. */
function originOf({ config }: GatewayDeps): string | undefined {
  if (!config.mail) return undefined;
  return config.publicUrl ?? (config.embedded ? `http://127.0.0.1:${config.port}` : undefined);
}

async function mailLinks(deps: GatewayDeps, request: Request, email: string, origin: string): Promise<void> {
  const first = languageOf(request);
  for (const user of await deps.store.users.withEmail(email)) {
    if (await signsInElsewhere(deps, user)) continue;
    const { token, expiresAt } = await createLink(deps, request, user);
    const tenant = user.tenantId ? await deps.store.access.tenant(user.tenantId) : undefined;
    const mail = { purpose: 'reset', place: tenant?.name ?? 'Parley', url: linkUrl(origin, token), expiresAt } as const;
    await mailLink(deps, user.email, mail, first);
  }
}

/** Whoever signs in through a provider, or is to, shall go on doing so; where the tenant has none any more, a password is the only way in. */
const signsInElsewhere = async ({ store }: GatewayDeps, { isBound, password, tenantId }: User): Promise<boolean> =>
  isBound || (password === null && tenantId !== null && (await store.singleSignOn.get(tenantId)) !== undefined);

async function createLink(deps: GatewayDeps, request: Request, { id, name, email, tenantId }: User) {
  const { store } = deps;
  const now = nowOf(deps);
  const expiresAt = new Date(now.getTime() + LINK_MS);
  return await store.atomically(async () => {
    const { token } = await store.links.create(
      { purpose: 'reset', tenantId, organizationId: null, userId: id, email, role: null, expiresAt, createdBy: 'sign-in page' },
      now,
    );
    await store.audit.record(
      {
        ...{ action: 'password.reset_requested', tenantId, organizationId: await store.users.firstOrganization(id) },
        actor: { type: 'unknown', id: null, name: email, email },
        ...{ targets: [{ type: 'member', id, name }], context: contextOf(request), outcome: { status: 'ok' } },
      },
      now,
    );
    return { token, expiresAt };
  });
}
