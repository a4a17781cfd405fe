import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { Refusal } from '../../domain/errors';
import type { InboundEvent } from '../../domain/event';
import type { WebhookCall, WebhookResult } from '../channel';
import { jsonObject } from '../http';
import { same } from '../same';
import { type DingTalkConfig, robotCodeOf } from './config';
import { type Fields, text } from './content';
import { action, message } from './inbound';

const HOUR_MS = 3600_000;
const OLDEST_MS = 24 * HOUR_MS;
const AHEAD_MS = 5 * 60_000;
const MOST_BYTES = 1024 * 1024;

/** What a verified call says, and how DingTalk wants it answered. */
export interface Verified {
  readonly event: InboundEvent | undefined;
  readonly answer: WebhookResult;
}

/**
 * Verifies a call by whichever of the three signatures DingTalk uses for its kind, before anything in it is believed: robot messages, card
 * callbacks, encrypted events. Throws a Refusal: 401 for what is not DingTalk's, 400 for what cannot be read.
 */
export function verify(config: DingTalkConfig, call: WebhookCall): Verified {
  const { headers, query } = call;
  if (call.body.length > MOST_BYTES) throw new Refusal(413, 'too_large', 'The call is larger than 1 MB.');
  if (headers.sign !== undefined) return robotMessage(config, call);
  if (headers['x-ddpaas-signature'] !== undefined) return cardCallback(config, call);
  if (query.msg_signature !== undefined || query.signature !== undefined) return encryptedEvent(config, call);
  throw unauthorized('it is not signed');
}

/** The signature covers the time and not the body, so the sender's ids are checked too. */
function robotMessage(config: DingTalkConfig, { headers, body, now }: WebhookCall): Verified {
  const timestamp = headers.timestamp ?? '';
  checkHmac(headers.sign ?? '', config.clientSecret, `${timestamp}\n${config.clientSecret}`);
  checkTime(timestamp, now, HOUR_MS, HOUR_MS);
  const said = readObject(body.toString('utf8'));
  const robot = text(said.robotCode);
  const corp = text(said.chatbotCorpId);
  const robotKnown = robot !== undefined && robot !== UNNAMED_ROBOT;
  if (robotKnown && robot !== robotCodeOf(config)) throw unauthorized('it is for another robot');
  if (config.corpId && corp !== config.corpId) throw unauthorized('it is from another organization');
  if (!robotKnown && !config.corpId) throw unauthorized('it names no robot; set the Corp ID, so that its organization can be checked');
  const event = message(said, { id: '', at: Number(timestamp) });
  if (!event) throw new Refusal(400, 'malformed', 'The call names no message, chat or person.');
  return { event, answer: json({ msgtype: 'empty' }) };
}

// What stands for the robot code in calls of older robots.
const UNNAMED_ROBOT = 'normal';

/** Signed with the secret under which the callback route was registered, which is the token; again without the body. */
function cardCallback(config: DingTalkConfig, { headers, body, now }: WebhookCall): Verified {
  const timestamp = headers['x-ddpaas-signature-timestamp'] ?? '';
  if (!config.token) throw unauthorized('no token is set');
  checkHmac(headers['x-ddpaas-signature'] ?? '', config.token, timestamp);
  checkTime(timestamp, now, HOUR_MS, HOUR_MS);
  const pressed = readObject(body.toString('utf8'));
  if (config.corpId && pressed.corpId !== undefined && pressed.corpId !== config.corpId)
    throw unauthorized('it is from another organization');
  const id = createHash('sha256').update(timestamp).update(body).digest('hex');
  return { event: action(pressed, { id: `press-${id.slice(0, 40)}`, at: Number(timestamp) }), answer: json({}) };
}

/** Events of the subscription, and the check that DingTalk makes when the address is saved; answered with an encrypted `success`. */
function encryptedEvent(config: DingTalkConfig, { query, body, now }: WebhookCall): Verified {
  const { token, aesKey } = config;
  if (!token || !aesKey) throw unauthorized('the token and the AES key are not set');
  const { timestamp = '', nonce = '' } = query;
  const outer = jsonObject(body.toString('utf8'));
  // With a key set DingTalk encrypts everything; plain text comes from somebody else.
  if (typeof outer?.encrypt !== 'string') throw unauthorized('it is not encrypted');
  if (!same(query.msg_signature ?? query.signature ?? '', signatureOf(token, timestamp, nonce, outer.encrypt)))
    throw unauthorized('its signature is wrong');
  checkTime(timestamp, now, OLDEST_MS, AHEAD_MS);
  const { owner, said } = decrypt(aesKey, outer.encrypt);
  if (owner !== config.clientId && owner !== config.corpId) throw unauthorized('it is for another app');
  readObject(said);
  return { event: undefined, answer: json(encrypted(config, token, aesKey, 'success', String(now))) };
}

function checkHmac(given: string, key: string, data: string): void {
  if (!same(given, createHmac('sha256', key).update(data).digest('base64'))) throw unauthorized('its signature is wrong');
}

function checkTime(timestamp: string, now: number, oldestMs: number, aheadMs: number): void {
  const age = now - Number(timestamp);
  if (!/^\d{10,14}$/.test(timestamp) || age > oldestMs || age < -aheadMs) throw unauthorized('its time is too far from now');
}

const signatureOf = (...parts: readonly string[]): string =>
  createHash('sha1')
    .update([...parts].sort().join(''))
    .digest('hex');

const BLOCK = 32;

function decrypt(aesKey: string, encrypted: string): { readonly owner: string; readonly said: string } {
  const key = Buffer.from(`${aesKey}=`, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
    const padded = Buffer.concat([decipher.update(Buffer.from(encrypted, 'base64')), decipher.final()]);
    const plain = padded.subarray(0, padded.length - padded.at(-1)!);
    const end = 20 + plain.readUInt32BE(16);
    return { said: plain.subarray(20, end).toString('utf8'), owner: plain.subarray(end).toString('utf8') };
  } catch {
    throw malformed();
  }
}

/** Encrypted and signed the way that DingTalk does it, in both directions. */
export function encrypted(
  { clientId }: Pick<DingTalkConfig, 'clientId'>,
  token: string,
  aesKey: string,
  said: string,
  timestamp: string,
  nonce = randomBytes(8).toString('hex'),
) {
  const key = Buffer.from(`${aesKey}=`, 'base64');
  const bytes = Buffer.from(said);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  const plain = Buffer.concat([randomBytes(16), length, bytes, Buffer.from(clientId)]);
  const padding = BLOCK - (plain.length % BLOCK);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const encrypt = Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(padding, padding)), cipher.final()]).toString('base64');
  return { msg_signature: signatureOf(token, timestamp, nonce, encrypt), timeStamp: timestamp, nonce, encrypt };
}

function readObject(body: string): Fields {
  const value = jsonObject(body);
  if (!value) throw malformed();
  return value;
}

const malformed = (): Refusal => new Refusal(400, 'malformed', 'The call cannot be read.');

const unauthorized = (why: string): Refusal => new Refusal(401, 'unauthorized', `The call was not accepted as DingTalk's: ${why}.`);

const json = (body: unknown): WebhookResult => ({ status: 200, body: JSON.stringify(body), contentType: 'application/json' });
