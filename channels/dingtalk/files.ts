import { filetypemime } from 'magic-bytes.js';
import { ChannelError } from '../../domain/errors';
import type { Attachment } from '../../domain/event';
import type { FetchedFile, SentFile } from '../channel';
import { limitedBytes } from '../http';
import type { Account } from './account';
import type { Caller } from './calls';
import { mayCall, robotCodeOf } from './config';
import { DingTalkError, isFinal, refused } from './errors';
import { reach } from './http';

/** What DingTalk takes as an upload. */
const MOST_BYTES = 20 * 1024 * 1024;

/** Reads a file that somebody sent: asks where it lies, then fetches it from there. */
export async function fetchFile(account: Account, call: Caller, attachment: Attachment, maxBytes: number): Promise<FetchedFile> {
  if (!attachment.ref) throw new ChannelError('gone', 'DingTalk gave no handle for this file.');
  if (attachment.size !== undefined && attachment.size > maxBytes) throw tooLarge(maxBytes);
  const body = { downloadCode: attachment.ref, robotCode: robotCodeOf(account.config) };
  const { downloadUrl } = await call('robot.download', 'first', () => ({
    method: 'POST',
    path: '/v1.0/robot/messageFiles/download',
    body,
  })).catch((error: unknown) => {
    // Its handles live for a day.
    throw isFinal(error) && error.code === 'refused' ? new DingTalkError('gone', error.platformCode, error.message) : error;
  });
  if (typeof downloadUrl !== 'string' || !mayCall(account.config, downloadUrl, 'file'))
    throw new ChannelError('refused', 'DingTalk named a place for this file that is not its own.');
  const fetched = await reach('file', downloadUrl, { method: 'GET' }, account.timeoutMs * 3, (response) => readLimited(response, maxBytes));
  const mime = fetched.mime ?? filetypemime(fetched.bytes)[0];
  return { bytes: fetched.bytes, ...(mime ? { mime } : {}), ...(attachment.name ? { name: attachment.name } : {}) };
}

async function readLimited(response: Response, maxBytes: number): Promise<FetchedFile> {
  if (response.status === 403 || response.status === 404 || response.status === 410)
    throw new ChannelError('gone', `DingTalk has this file no more (HTTP ${response.status}).`);
  if (!response.ok) throw refused('file', response.status, response.status < 500 ? 'file' : '');
  const bytes = await limitedBytes(response, maxBytes);
  if (!bytes) throw tooLarge(maxBytes);
  const type = response.headers.get('content-type')?.split(';')[0]?.trim();
  return { bytes, ...(type && type !== 'application/octet-stream' ? { mime: type } : {}) };
}

const tooLarge = (maxBytes: number): ChannelError => new ChannelError('too_large', `This file is larger than ${maxBytes} bytes.`);

const PICTURES = ['image/jpeg', 'image/png', 'image/gif', 'image/bmp'];

/** As what DingTalk takes a file: other pictures than these it does not show. */
export const kindOf = ({ kind, mime }: SentFile): SentFile['kind'] => (kind === 'image' && PICTURES.includes(mime) ? 'image' : 'file');

/** Uploads a file; resolves with the id under which a message may show it. */
export async function uploadFile(call: Caller, kind: SentFile['kind'], file: SentFile): Promise<string> {
  if (file.bytes.length > MOST_BYTES) throw tooLarge(MOST_BYTES);
  const form = (): FormData => {
    const data = new FormData();
    data.set('media', new Blob([new Uint8Array(file.bytes)], { type: file.mime }), file.name);
    return data;
  };
  const path = `/media/upload?type=${kind}`;
  const { media_id: mediaId } = await call('media.upload', 'first', () => ({ method: 'POST', path, body: form() }), 'oapi');
  if (typeof mediaId !== 'string') throw refused('media.upload', 200, 'noMediaId');
  return mediaId;
}
