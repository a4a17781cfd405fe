import { createDecipheriv } from 'node:crypto';
import { WecomCrypto } from '@wecom/aibot-node-sdk';
import { Refusal } from '../../domain/errors';
import type { WebhookCall } from '../channel';
import { same } from '../same';

const OLDEST_MS = 24 * 3600_000;
const AHEAD_MS = 5 * 60_000;
const PAD_TO = 32;
const RANDOM_BYTES = 16;

/** What stands on "receive messages" of a bot or an application: both are needed to read a callback and to answer it. */
export interface CallbackKeys {
  readonly token: string;
  /** 43 characters of base64. */
  readonly encodingAesKey: string;
}

export interface Sealed {
  readonly encrypt: string;
  readonly signature: string;
  /** Seconds since the epoch. */
  readonly timestamp: string;
  readonly nonce: string;
}

/** One bot's or application's envelope: nothing is read from it before its signature and its time were found good. */
export interface Envelope {
  /** The plain text of what the call carries. Throws a Refusal: 401 for what is not WeCom's, 400 for what cannot be read. */
  open(call: WebhookCall, encrypted: string): string;
  /** Encrypts and signs an answer to the call. */
  seal(call: WebhookCall, text: string): Sealed;
}

/**
 * @param receiveId the corp id for applications, empty for bots; whatever is encrypted for somebody else is refused
 */
export function createEnvelope(keys: CallbackKeys, receiveId: string): Envelope {
  const sdk = new WecomCrypto(keys.token, keys.encodingAesKey, receiveId);
  return {
    open: (call, encrypted) => {
      const { signature, timestamp, nonce } = signedBy(call);
      if (!same(signature, sdk.computeSignature(timestamp, nonce, encrypted))) throw unauthorized('its signature is wrong');
      const age = call.now - Number(timestamp) * 1000;
      if (!/^\d{1,12}$/.test(timestamp) || age > OLDEST_MS || age < -AHEAD_MS) throw unauthorized('its time is too far from now');
      const { text, receiver } = decrypt(keys.encodingAesKey, encrypted);
      if (!same(receiver, receiveId)) throw unauthorized('it is for another receiver');
      return text;
    },
    seal: (call, text) => {
      const timestamp = String(Math.floor(call.now / 1000));
      const nonce = call.query.nonce ?? '';
      return { ...sdk.encrypt(text, timestamp, nonce), timestamp, nonce };
    },
  };
}

/** Refuses a call that carries no signature at all, before anything in it is looked at. */
export function signedBy({ query }: WebhookCall): { readonly signature: string; readonly timestamp: string; readonly nonce: string } {
  const { msg_signature: signature, timestamp, nonce } = query;
  if (!signature || !timestamp || nonce === undefined) throw unauthorized('it is not signed');
  return { signature, timestamp, nonce };
}

/** Own code, because the SDK does not look at the receiver where it should be empty, as it is for bots. */
function decrypt(encodingAesKey: string, encrypted: string): { readonly text: string; readonly receiver: string } {
  const plain = decryptPadded(keyOf(encodingAesKey), Buffer.from(encrypted, 'base64'));
  if (!plain || plain.length < RANDOM_BYTES + 4) throw malformed('it cannot be decrypted');
  const start = RANDOM_BYTES + 4;
  const end = start + plain.readUInt32BE(RANDOM_BYTES);
  if (end > plain.length) throw malformed('it cannot be decrypted');
  return { text: plain.toString('utf8', start, end), receiver: plain.toString('utf8', end) };
}

/** AES-256-CBC as WeCom uses it: the key's head is the vector, the padding goes to blocks of 32. Undefined when key and bytes do not fit. */
export function decryptPadded(key: Buffer, bytes: Buffer): Buffer | undefined {
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
    const padded = Buffer.concat([decipher.update(bytes), decipher.final()]);
    const pad = padded.at(-1) ?? 0;
    if (pad < 1 || pad > PAD_TO || pad > padded.length) return undefined;
    return padded.subarray(-pad).every((byte) => byte === pad) ? padded.subarray(0, padded.length - pad) : undefined;
  } catch {
    return undefined;
  }
}

export const keyOf = (encodingAesKey: string): Buffer => Buffer.from(`${encodingAesKey}=`, 'base64');

export const unauthorized = (why: string): Refusal =>
  new Refusal(
    401,
    'unauthorized',
    `The call was not accepted as WeCom's: ${why}. Compare Token and EncodingAESKey with the WeCom console.`,
  );

export const malformed = (why: string): Refusal => new Refusal(400, 'malformed', `The call cannot be read: ${why}.`);
