import type { ServerResponse } from 'node:http';
import { newId, Refused, type StoredFile, type World } from './world';

const MOST = { image: 10 * 2 ** 20, file: 30 * 2 ** 20 };
const FILE_TYPES = ['opus', 'mp4', 'pdf', 'doc', 'xls', 'ppt', 'stream'];

/** Keeps what was uploaded under a new key. */
export async function upload(world: World, kind: 'image' | 'file', type: string, body: Buffer): Promise<Record<string, string>> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => undefined);
  const file = form?.get(kind);
  if (!form || !(file instanceof File)) throw new Refused(234001);
  if (kind === 'image' ? form.get('image_type') !== 'message' : !FILE_TYPES.includes(String(form.get('file_type'))))
    throw new Refused(234001);
  if (file.size === 0) throw new Refused(234010);
  if (file.size > MOST[kind]) throw new Refused(234006);
  const key = newId(kind === 'image' ? 'img_v3' : 'file_v3');
  const name = kind === 'file' ? String(form.get('file_name')) : file.name;
  world.files.set(key, { bytes: Buffer.from(await file.arrayBuffer()), mime: file.type, name });
  return { [`${kind}_key`]: key };
}

/** What a message carried. */
export function resource(world: World, messageId: string, key: string, type: string | null): StoredFile {
  const message = world.messages.get(messageId);
  if (!message || message.recalled) throw new Refused(234003);
  if (type !== 'image' && type !== 'file') throw new Refused(234001);
  if (message.type === 'sticker') throw new Refused(234043);
  const file = world.files.get(`${messageId}/${key}`);
  if (!file) throw new Refused(234003);
  return file;
}

/** In small pieces, without a length: readers must count for themselves. */
export async function sendOut(response: ServerResponse, { bytes, mime, name }: StoredFile): Promise<void> {
  response.writeHead(200, { 'content-type': mime, 'content-disposition': `attachment; filename="${encodeURIComponent(name)}"` });
  for (let at = 0; at < bytes.length && !response.destroyed; at += 64 * 1024) {
    if (!response.write(bytes.subarray(at, at + 64 * 1024)))
      await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}
