import { type Request, type Response, Router } from 'express';
import * as oidc from 'openid-client';
import { z } from 'zod';
import { Refusal } from '../domain/errors';
import { beginningOf } from '../domain/text';
import { normalizeEmail } from '../store/users';
import { checkFields } from './api/checking';
import { readCookie } from './cookies';
import { type GatewayDeps, nowOf } from './deps';
import { enter, recordFailure, throttle } from './sign-in';
import { type Claims, userFor } from './sign-in-account';
import { redirectUri, type SingleSignOnSettings } from './single-sign-on';

const COOKIE = 'parley_sign_in';
const COOKIE_PATH = '/api/v1/sign-in';
const LIMIT_MS = 10 * 60_000;
const PROVIDER_LIMIT_S = 10;
const STARTS = { limit: 100, windowMs: 15 * 60_000 };

const asked = z.object({ page: z.string().optional() });

/** What must come back unchanged, kept sealed in the browser that began. */
interface Begun {
  readonly tenantId: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Page of the console to open then: what follows the `#`. */
  readonly page: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Signing in at a tenant's own provider: OpenID Connect's code flow with PKCE, state and nonce. */
export function providerRoutes(deps: GatewayDeps): Router {
  const router = Router();
  const { store, config } = deps;
  const originOf = (request: Request): string => config.publicUrl ?? `${request.protocol}://${request.headers.host}`;
  const secure = config.publicUrl?.startsWith('https://') ?? false;

  router.get('/single-sign-on/:tenantId', async (request, response) => {
    await throttle(deps, `provider ${request.ip}`, STARTS);
    const { tenantId } = request.params;
    const { page } = checkFields(asked, request.query);
    const settings = z.uuid().safeParse(tenantId).success ? await settingsOf(deps, tenantId) : undefined;
    if (!settings) throw new Refusal(404, 'not_found', 'This tenant has no single sign-on.');
    const provider = await discover(settings).catch((cause: unknown) => {
      throw new Refusal(503, 'provider_away', 'The identity provider does not answer as its settings say.', [], { cause });
    });
    const begun: Begun = {
      ...{ tenantId, state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() },
      ...{ page: pageOf(page), until: nowOf(deps).getTime() + LIMIT_MS },
    };
    // Lax: the way back begins at the provider.
    const options = { httpOnly: true, sameSite: 'lax', secure, path: COOKIE_PATH, maxAge: LIMIT_MS } as const;
    response.cookie(COOKIE, Buffer.from(store.secrets.seal(begun)).toString('base64url'), options);
    const url = oidc.buildAuthorizationUrl(provider, {
      ...{ redirect_uri: redirectUri(originOf(request)), scope: 'openid email profile', state: begun.state, nonce: begun.nonce },
      ...{ code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier), code_challenge_method: 'S256' },
    });
    response.set('cache-control', 'no-store').redirect(302, url.href);
  });

  router.get('/callback', async (request, response) => {
    response.clearCookie(COOKIE, { path: COOKIE_PATH }).set('cache-control', 'no-store');
    const begun = open(deps, readCookie(request, COOKIE));
    const page = begun ? await finish(deps, request, response, begun, originOf(request)) : '/sign-in?problem=not_begun_here';
    response.redirect(302, `${originOf(request)}/#${page}`);
  });
  return router;
}

/** @returns the page to show */
async function finish(deps: GatewayDeps, request: Request, response: Response, begun: Begun, origin: string): Promise<string> {
  const { tenantId, page, verifier, state, nonce } = begun;
  let claims: Claims | undefined;
  try {
    const settings = await settingsOf(deps, tenantId);
    if (!settings) return '/sign-in?problem=no_single_sign_on';
    const url = new URL(redirectUri(origin));
    url.search = new URL(request.originalUrl, origin).search;
    claims = await claimsOf(settings, url, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const user = await userFor(deps, request, tenantId, settings, claims);
    await enter(deps, request, response, user, 'single_sign_on');
    return page;
  } catch (error) {
    const code = error instanceof Refusal ? error.code : isProvidersFault(error) ? 'provider_refused' : undefined;
    if (!code) throw error;
    await recordFailure(deps, request, code, claims?.email ?? '', undefined, tenantId);
    return `/sign-in?problem=${code}`;
  }
}

/** @throws Refusal 503 where they cannot be read */
async function settingsOf({ store }: GatewayDeps, tenantId: string): Promise<SingleSignOnSettings | undefined> {
  const found = await store.singleSignOn.get(tenantId);
  if (found?.unreadable)
    throw new Refusal(503, 'unreadable', 'The settings of single sign-on cannot be read: a tenant administrator must enter them again.');
  return found?.config as SingleSignOnSettings | undefined;
}

async function claimsOf(settings: SingleSignOnSettings, url: URL, checks: oidc.AuthorizationCodeGrantChecks): Promise<Claims> {
  const provider = await discover(settings);
  const tokens = await oidc.authorizationCodeGrant(provider, url, checks);
  const token = tokens.claims();
  if (!token) throw new Refusal(401, 'provider_refused', 'The provider sent no ID token.');
  const said =
    token.email === undefined && provider.serverMetadata().userinfo_endpoint
      ? { ...token, ...(await oidc.fetchUserInfo(provider, tokens.access_token, token.sub)) }
      : token;
  return {
    ...{ issuer: token.iss, subject: token.sub },
    email: typeof said.email === 'string' ? normalizeEmail(said.email) : undefined,
    emailVerified: said.email_verified === true,
    name: typeof said.name === 'string' && said.name.trim() !== '' ? beginningOf(said.name.trim(), 100) : undefined,
  };
}

async function discover({ issuer, clientId, clientSecret }: SingleSignOnSettings): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  // The settings allow plain HTTP on loopback only.
  const execute = [oidc.enableNonRepudiationChecks, ...(url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [])];
  return await oidc.discovery(url, clientId, clientSecret, undefined, { execute, timeout: PROVIDER_LIMIT_S });
}

const isProvidersFault = (error: unknown): boolean =>
  error instanceof oidc.ClientError ||
  error instanceof oidc.AuthorizationResponseError ||
  error instanceof oidc.ResponseBodyError ||
  error instanceof oidc.WWWAuthenticateChallengeError ||
  (error instanceof TypeError && /fetch|argument|invalid/i.test(error.message)) ||
  (error instanceof DOMException && error.name === 'TimeoutError');

function open(deps: GatewayDeps, cookie: string | undefined): Begun | undefined {
  if (!cookie) return undefined;
  try {
    const begun = deps.store.secrets.open<Begun>(Buffer.from(cookie, 'base64url').toString());
    return begun.until > nowOf(deps).getTime() ? begun : undefined;
  } catch {
    return undefined;
  }
}

/** A page of our own, nothing else. */
const pageOf = (given: string | undefined): string => (given !== undefined && /^\/[\w\-/?=&.]{0,200}$/.test(given) ? given : '/');
