import { ChannelError } from '../../domain/errors';
import type { Attachment } from '../../domain/event';
import type { FetchedFile, SentFile } from '../channel';
import { isPlatformUrl, type LongConnectionConfig } from './config';
import { decryptPadded } from './crypto';
import { download } from './http';
import { readMediaRef } from './inbound';

const MEGABYTE = 1024 * 1024;
const IMAGE_BYTES = 10 * MEGABYTE;
const FILE_BYTES = 20 * MEGABYTE;
/** What encryption may add: WeCom pads to 32 bytes. */
const PADDING = 32;

/** Reads a file of a message. Its address lives 5 minutes, and is called only where it is WeCom's own. */
export async function fetchFile(
  { wsUrl }: LongConnectionConfig,
  { ref, mime, name }: Attachment,
  maxBytes: number,
  timeoutMs: number,
): Promise<FetchedFile> {
  const media = readMediaRef(ref);
  if (!media) throw new ChannelError('gone', 'There is nothing to fetch for this attachment.');
  if (!isPlatformUrl(media.url, wsUrl?.replace(/^ws/, 'http')))
    throw new ChannelError('forbidden', "The file is not on one of WeCom's own hosts.");
  const file = await download('a file', media.url, maxBytes + PADDING, timeoutMs);
  const bytes = media.aeskey ? decryptPadded(Buffer.from(media.aeskey, 'base64'), file.bytes) : file.bytes;
  if (!bytes) throw new ChannelError('refused', 'The file cannot be decrypted with the key that came with it.');
  if (bytes.length > maxBytes) throw new ChannelError('too_large', `The file is larger than ${maxBytes} bytes.`);
  // What lies there is encrypted, so its type says nothing of the file.
  const type = media.aeskey ? mime : (mime ?? file.mime);
  const called = name ?? file.name;
  return { bytes, ...(type ? { mime: type } : {}), ...(called ? { name: called } : {}) };
}

/** As what WeCom takes a file. Throws `too_large`. */
export function kindOf({ kind, mime, bytes }: SentFile): 'image' | 'file' {
  if (bytes.length > FILE_BYTES) throw new ChannelError('too_large', `WeCom takes files of at most ${FILE_BYTES / MEGABYTE} MB.`);
  return kind === 'image' && ['image/jpeg', 'image/png'].includes(mime) && bytes.length <= IMAGE_BYTES ? 'image' : 'file';
}
