import { createServer, type Server } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { closeServer, listenOnLoopback, readBody } from '../../tests/support/loopback';

/** Lark's accounts service, as far as it makes apps by a scanned code. */
export interface AccountsEmulator {
  /** For an integration's `domain`. */
  readonly url: string;
  /** What a client must trust, as PEM. */
  readonly certificate: string;
  /** How often somebody asked whether the code was scanned. */
  readonly polls: () => number;
  /** Somebody scans the code and agrees. */
  scan(app: { readonly appId: string; readonly appSecret: string; readonly brand?: 'feishu' | 'lark' }): void;
  /** From now on every question is answered with this error. */
  refuse(error: 'access_denied' | 'expired_token'): void;
  /** From now on every call is sent elsewhere. */
  redirect(url: string): void;
  close(): Promise<void>;
}

const POLL_SECONDS = 0.05;

/** On loopback over TLS, which the SDK insists on. */
export async function startAccountsEmulator(): Promise<AccountsEmulator> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  let polls = 0;
  let redirect: string | undefined;
  let answer: object = { error: 'authorization_pending' };
  const server = createServer({ key, cert }, (request, response) => {
    void (async () => {
      const asked = new URLSearchParams((await readBody(request)).toString());
      if (redirect) return void response.writeHead(307, { location: redirect }).end();
      const isBegin = asked.get('action') === 'begin';
      if (!isBegin) polls += 1;
      const said = isBegin ? begun(host) : answer;
      response.writeHead('error' in said ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    })();
  }) as unknown as Server;
  const host = await listenOnLoopback(server);
  return {
    url: `https://${host}`,
    certificate: cert,
    polls: () => polls,
    scan: ({ appId, appSecret, brand = 'feishu' }) => {
      answer = { client_id: appId, client_secret: appSecret, user_info: { open_id: 'ou_admin', tenant_brand: brand } };
    },
    refuse: (error) => {
      answer = { error, error_description: 'as told' };
    },
    redirect: (url) => {
      redirect = url;
    },
    close: () => closeServer(server),
  };
}

const begun = (host: string) => ({
  device_code: 'device-1',
  verification_uri_complete: `https://${host}/page/launcher?user_code=ABCD-EFGH`,
  interval: POLL_SECONDS,
  expires_in: 600,
});

/** What the page behind the code is asked to grant. */
export const addonsOf = (url: string): unknown =>
  JSON.parse(gunzipSync(Buffer.from(new URL(url).searchParams.get('addons') ?? '', 'base64url')).toString());
