import { ChannelError } from '../../domain/errors';
import type { Address, Attachment } from '../../domain/event';
import type { FetchedFile, SentFile } from '../channel';
import type { Caller } from './calls';
import { isLark, UNKNOWN_EMOJI } from './errors';
import { fetchMessage, forwardedText } from './messages';
import { keyOf } from './reply';
import type { Sending } from './sending';

/** What Lark takes, in bytes. */
const MOST_IMAGE_BYTES = 10 * 2 ** 20;
const MOST_FILE_BYTES = 30 * 2 ** 20;
/** What it shows as a picture; others go as files. */
const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp', 'image/x-icon', 'image/tiff', 'image/heic'];

/** A file that somebody sent, or the words of a forwarded bundle. Throws `gone`, `too_large`, `forbidden`. */
export async function fetchFile(call: Caller, { ref }: Attachment, maxBytes: number): Promise<FetchedFile> {
  const [kind, messageId, key] = ref.split('/').map(decodeURIComponent);
  if (kind === 'forwarded' && messageId) {
    const bytes = Buffer.from(forwardedText(await fetchMessage(call, messageId)));
    if (bytes.length > maxBytes) throw new ChannelError('too_large', `The forwarded messages are larger than ${maxBytes} bytes.`);
    return { bytes, mime: 'text/plain' };
  }
  if (!messageId || !key || (kind !== 'image' && kind !== 'file'))
    throw new ChannelError('gone', 'Lark hands out nothing for this attachment.');
  const path = `/im/v1/messages/${encodeURIComponent(messageId)}/resources/${encodeURIComponent(key)}?type=${kind}`;
  return call.download('file.get', path, maxBytes);
}

/** Uploads and sends; the upload may happen twice, the message does not. Throws `too_large` beyond what Lark takes. */
export async function sendFile(call: Caller, sending: Sending, to: Address, file: SentFile, key: string): Promise<void> {
  const { bytes, kind, mime } = file;
  if (bytes.length === 0) throw new ChannelError('refused', 'Lark takes no empty files.');
  const asImage = kind === 'image' && PICTURES.includes(mime) && bytes.length <= MOST_IMAGE_BYTES;
  if (!asImage && bytes.length > MOST_FILE_BYTES) throw new ChannelError('too_large', 'Lark takes files of at most 30 MB.');
  const content = asImage ? await uploadImage(call, file) : await uploadFile(call, file);
  await sending.sendMessage(to, asImage ? 'image' : 'file', () => content, keyOf(key), 'first');
}

async function uploadImage(call: Caller, file: SentFile): Promise<{ readonly image_key: string }> {
  const body = (): FormData => form({ image_type: 'message' }, 'image', file);
  const data = await call('image.upload', 'first', () => ({ method: 'POST', path: '/im/v1/images', body: body() }));
  return { image_key: String(data.image_key) };
}

async function uploadFile(call: Caller, file: SentFile): Promise<{ readonly file_key: string }> {
  const body = (): FormData => form({ file_type: typeOf(file), file_name: file.name }, 'file', file);
  const data = await call('file.upload', 'first', () => ({ method: 'POST', path: '/im/v1/files', body: body() }));
  return { file_key: String(data.file_key) };
}

function form(values: Readonly<Record<string, string>>, field: string, { bytes, name, mime }: SentFile): FormData {
  const made = new FormData();
  for (const [key, value] of Object.entries(values)) made.append(key, value);
  made.append(field, new Blob([new Uint8Array(bytes)], { type: mime }), name);
  return made;
}

/** The few kinds that Lark previews; everything else is a stream. Sound and video would need a length, so they are streams too. */
function typeOf({ name, mime }: SentFile): 'pdf' | 'doc' | 'xls' | 'ppt' | 'stream' {
  const ending = /\.(\w+)$/.exec(name.toLowerCase())?.[1] ?? '';
  if (ending === 'pdf' || mime === 'application/pdf') return 'pdf';
  if (ending === 'doc' || ending === 'docx') return 'doc';
  if (ending === 'xls' || ending === 'xlsx') return 'xls';
  if (ending === 'ppt' || ending === 'pptx') return 'ppt';
  return 'stream';
}

/** "On it", and where a tenant does not know that emoji, "OK". */
const SIGNS = ['OnIt', 'OK'] as const;

/** Puts the sign of "received" on the message that `to` replies to. */
export async function react(call: Caller, { replyTo }: Address): Promise<void> {
  if (!replyTo) return;
  const path = `/im/v1/messages/${encodeURIComponent(replyTo)}/reactions`;
  for (const sign of SIGNS) {
    try {
      await call('reaction.create', 'first', () => ({ method: 'POST', path, body: { reaction_type: { emoji_type: sign } } }));
      return;
    } catch (error) {
      if (!isLark(error, UNKNOWN_EMOJI)) throw error;
    }
  }
}
