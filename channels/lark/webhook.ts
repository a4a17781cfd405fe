import { createDecipheriv, createHash } from 'node:crypto';
import { Refusal } from '../../domain/errors';
import type { DeliverResult, WebhookCall, WebhookResult } from '../channel';
import { jsonObject } from '../http';
import { same } from '../same';
import type { LarkConfig } from './config';
import type { LarkEvent } from './inbound';

const OLDEST_MS = 24 * 3600_000;
const AHEAD_MS = 5 * 60_000;
const MOST_BYTES = 1024 * 1024;

/** What a verified call says: the challenge to answer, or an event. */
export type Verified = { readonly challenge: string } | { readonly event: LarkEvent };

/**
 * Verifies a call on its raw bytes: signature, time, encryption, token, app. Own code, because the SDK's adapter compares neither token nor
 * time, signs a re-written body and answers 200 to a wrong signature. Throws a Refusal: 401 for what is not Lark's, 400 for what cannot be read.
 */
export function verify(config: LarkConfig, call: WebhookCall): Verified {
  const { encryptKey, verificationToken } = config;
  if (!encryptKey || !verificationToken) throw unauthorized('the Encrypt Key and the Verification Token are not set');
  if (call.body.length > MOST_BYTES) throw new Refusal(413, 'too_large', 'The call is larger than 1 MB.');
  const signed = call.headers['x-lark-signature'] !== undefined;
  if (signed) checkSignature(encryptKey, call);

  const outer = readObject(call.body.toString('utf8'), signed);
  // With a key set, Lark encrypts everything; plain text comes from somebody else.
  if (typeof outer.encrypt !== 'string') throw unauthorized('it is not encrypted');
  const body = readObject(decrypt(encryptKey, outer.encrypt, signed), signed);
  const header = (body.header ?? {}) as Readonly<Record<string, unknown>>;
  if (!same(String(header.token ?? body.token ?? ''), verificationToken)) throw unauthorized('its verification token is wrong');
  if (body.type === 'url_verification') {
    if (typeof body.challenge !== 'string') throw new Refusal(400, 'malformed', 'The URL verification carries no challenge.');
    return { challenge: body.challenge };
  }
  // Lark asks for the challenge without a signature in some consoles; who can encrypt it knows the key, and the answer tells nothing.
  if (!signed) throw unauthorized('it is not signed');
  if (header.app_id !== config.appId) throw unauthorized('it is for another app');
  return { event: body as LarkEvent };
}

/** The platform's answer to an event; a card action may show a toast. */
export const acknowledged = (result: DeliverResult | undefined): WebhookResult => json(toastOf(result) ?? {});

export const challenged = (challenge: string): WebhookResult => json({ challenge });

/** A toast in Lark's shape, from what the delivery wants shown. */
export function toastOf(result: DeliverResult | undefined): Readonly<Record<string, unknown>> | undefined {
  if (!result?.toast) return undefined;
  const { en, zh } = result.toast;
  return { toast: { type: 'info', content: en, i18n: { en_us: en, zh_cn: zh } } };
}

const json = (body: unknown): WebhookResult => ({ status: 200, body: JSON.stringify(body), contentType: 'application/json' });

function checkSignature(encryptKey: string, { headers, body, now }: WebhookCall): void {
  const timestamp = headers['x-lark-request-timestamp'] ?? '';
  const expected = createHash('sha256')
    .update(timestamp + (headers['x-lark-request-nonce'] ?? '') + encryptKey)
    .update(body)
    .digest('hex');
  if (!same(headers['x-lark-signature'] ?? '', expected)) throw unauthorized('its signature is wrong');
  const age = now - Number(timestamp) * 1000;
  if (!/^\d+$/.test(timestamp) || age > OLDEST_MS || age < -AHEAD_MS) throw unauthorized('its time is too far from now');
}

// Whoever did not sign is told 401, whatever else is wrong with the call.
const unreadable = (signed: boolean): Refusal =>
  signed ? new Refusal(400, 'malformed', 'The call cannot be read.') : unauthorized('it is not signed');

function decrypt(encryptKey: string, encrypted: string, signed: boolean): string {
  const raw = Buffer.from(encrypted, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-cbc', createHash('sha256').update(encryptKey).digest(), raw.subarray(0, 16));
    return Buffer.concat([decipher.update(raw.subarray(16)), decipher.final()]).toString('utf8');
  } catch {
    throw unreadable(signed);
  }
}

function readObject(text: string, signed: boolean): Readonly<Record<string, unknown>> {
  const read = jsonObject(text);
  if (!read) throw unreadable(signed);
  return read;
}

const unauthorized = (why: string): Refusal => new Refusal(401, 'unauthorized', `The call was not accepted as Lark's: ${why}.`);
