import { createHash, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An OpenID Connect provider on loopback: whoever comes is signed in as `person` at once. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Claims of whoever signs in next. */
  person: Record<string, unknown>;
  /** Bends the ID token before it is signed, as a bad or broken provider would. */
  bend: (claims: Record<string, unknown>) => Record<string, unknown>;
  /** Whether ID tokens are signed with a key nobody knows. */
  forges: boolean;
  /** Whether e-mail and name are told at the userinfo endpoint only. */
  tellsLater: boolean;
  close(): Promise<void>;
}

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly nonce: string;
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const [own, strange] = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  const grants = new Map<string, Grant>();
  const server: Server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: IdentityProvider = {
    ...{
      issuer,
      clientId: 'parley',
      clientSecret: 'the client secret',
      person: {},
      bend: (claims) => claims,
      forges: false,
      tellsLater: false,
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/.well-known/openid-configuration') return void json(200, metadata());
    if (url.pathname === '/jwks')
      return void json(200, { keys: [{ ...createPublicKey(own!).export({ format: 'jwk' }), kid: 'own', alg: 'RS256', use: 'sig' }] });
    if (url.pathname === '/authorize') return void response.writeHead(302, { location: authorize(url.searchParams) }).end();
    if (url.pathname === '/token') return void exchange(new URLSearchParams(await text(request)), request.headers.authorization, json);
    if (url.pathname === '/userinfo') return void json(200, { ...provider.person });
    json(404, {});
  }

  const metadata = () => ({
    ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` },
    ...{ userinfo_endpoint: `${issuer}/userinfo`, response_types_supported: ['code'], subject_types_supported: ['public'] },
    ...{ id_token_signing_alg_values_supported: ['RS256'], code_challenge_methods_supported: ['S256'] },
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  });

  function authorize(query: URLSearchParams): string {
    const given = (name: string) => query.get(name) ?? '';
    if (given('client_id') !== provider.clientId || given('code_challenge_method') !== 'S256' || !given('nonce'))
      throw new Error('not a call of ours');
    const code = randomUUID();
    grants.set(code, { challenge: given('code_challenge'), redirectUri: given('redirect_uri'), nonce: given('nonce') });
    const back = new URL(given('redirect_uri'));
    back.search = new URLSearchParams({ code, state: given('state') }).toString();
    return back.href;
  }

  function exchange(form: URLSearchParams, authorization: string | undefined, json: (status: number, body: unknown) => unknown): void {
    const grant = grants.get(form.get('code') ?? '');
    grants.delete(form.get('code') ?? '');
    const basic = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
    const secret = form.get('client_secret') ?? decodeURIComponent(basic.split(':')[1]?.replaceAll('+', ' ') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (secret !== provider.clientSecret) return void json(401, { error: 'invalid_client' });
    if (!grant || grant.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri'))
      return void json(400, { error: 'invalid_grant' });
    const now = Math.floor(Date.now() / 1000);
    const { sub, ...rest } = provider.person;
    const claims = {
      iss: issuer,
      aud: provider.clientId,
      iat: now,
      exp: now + 300,
      nonce: grant.nonce,
      sub,
      ...(provider.tellsLater ? {} : rest),
    };
    json(200, { access_token: randomUUID(), token_type: 'Bearer', expires_in: 300, id_token: token(provider.bend(claims)) });
  }

  function token(claims: Record<string, unknown>): string {
    const signed = `${base64url({ alg: 'RS256', kid: 'own', typ: 'JWT' })}.${base64url(claims)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), (provider.forges ? strange : own)!).toString('base64url')}`;
  }

  return provider;
}
