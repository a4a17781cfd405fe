import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { PeopleSettings } from '../domain/person';
import type { Mapped, Sought } from './identity-mapper';
import { pointsToOwnLink } from './own-link';

const MOST_BYTES = 64 * 1024;
const text = (most: number) => z.string().trim().min(1).max(most);
const optional = (most: number) =>
  text(most)
    .nullish()
    .transform((value) => value ?? undefined);

const answerSchema = z.union([
  z.object({
    user: z.object({
      id: text(200),
      username: optional(200),
      email: optional(320),
      name: optional(200),
      mobile: optional(50),
      staffId: optional(100),
      department: optional(300),
      attributes: z.record(text(100), z.union([z.string().max(1000), z.number(), z.boolean()])).nullish(),
    }),
  }),
  z.object({ refuse: z.string() }),
]);

/** The mapper's signature of a call: HMAC-SHA256 of `<timestamp>.<body>`, in hex. @param timestamp in seconds since the epoch */
export const signatureOf = (secret: string, timestamp: string, body: string): string =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;

/** Asks a service of the company, once. Never rejects. */
export async function askHttp({ http }: PeopleSettings, { platform, integrationId, personId, facts }: Sought): Promise<Mapped> {
  if (!http) return { kind: 'failed', code: 'not_configured' };
  const { external, ...known } = facts;
  const body = JSON.stringify({ platform, integrationId, personId, ...known, ...(external !== undefined && { external }) });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signal = AbortSignal.timeout(http.timeoutMs);
  try {
    const url = new URL(http.url);
    if (await pointsToOwnLink(url.hostname)) return { kind: 'failed', code: 'link_local' };
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', accept: 'application/json' },
        ...{ 'x-parley-timestamp': timestamp, 'x-parley-signature': signatureOf(http.secret, timestamp, body) },
      },
      body,
      // The administrator chose the address; the next one could be anywhere.
      redirect: 'manual',
      signal,
    });
    if (response.ok) return read(await readBody(response));
    await response.body?.cancel();
    return response.status === 404 ? { kind: 'unknown' } : { kind: 'failed', code: `http_${response.status}` };
  } catch (error) {
    return { kind: 'failed', code: signal.aborted ? 'timeout' : codeOf(error) };
  }
}

async function readBody(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop ends the transfer.
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function read(body: string | undefined): Mapped {
  if (body === undefined) return { kind: 'failed', code: 'too_large' };
  const parsed = answerSchema.safeParse(parseJson(body));
  if (!parsed.success) return { kind: 'failed', code: 'bad_answer' };
  if ('refuse' in parsed.data) return { kind: 'refused' };
  const { id, username, email, attributes, ...rest } = parsed.data.user;
  const name = username ?? id;
  return { kind: 'user', user: { ...rest, id, username: name, email: email ?? '', ...(attributes && { attributes }) } };
}

function parseJson(body: string): unknown {
  // Postgres keeps no NUL, and no name has one.
  if (/\\u0000|\0/.test(body)) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A system code such as ECONNREFUSED; messages may hold the address. */
function codeOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  const code = cause?.code;
  return typeof code === 'string' ? code : 'unreachable';
}
