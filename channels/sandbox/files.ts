import { createHash } from 'node:crypto';
import { ChannelError } from '../../domain/errors';
import type { Attachment } from '../../domain/event';
import type { FetchedFile, Ports, SentFile } from '../channel';
import type { FeedFile } from './feed';

/** What the sandbox knows of a file beside its bytes. */
export interface FileFacts {
  readonly name: string;
  readonly mime: string;
  readonly size: number;
}

const factsKey = (fileId: string): string => `file/${fileId}`;
const bytesKey = (fileId: string): string => `files/${fileId}`;

export const factsOf = ({ memory }: Pick<Ports, 'memory'>, fileId: string): Promise<FileFacts | undefined> =>
  memory.get<FileFacts>(factsKey(fileId));

/** Bytes first: whatever has facts can be read. */
export async function keepFile({ memory, files }: Ports, fileId: string, facts: FileFacts, bytes: Uint8Array): Promise<void> {
  if (!files) throw new ChannelError('refused', 'This process has no attachment store.');
  await files.put(bytesKey(fileId), bytes);
  await memory.put(factsKey(fileId), facts);
}

export const bytesOf = async ({ files }: Ports, fileId: string): Promise<Buffer | undefined> => await files?.get(bytesKey(fileId));

/** Reads what somebody put into the sandbox. */
export async function fetchFile(ports: Ports, { ref }: Attachment, maxBytes: number): Promise<FetchedFile> {
  const facts = await factsOf(ports, ref);
  if (facts && facts.size > maxBytes) throw new ChannelError('too_large', 'The file is larger than what was asked for.');
  const bytes = facts && (await bytesOf(ports, ref));
  if (!facts || !bytes) throw new ChannelError('gone', 'The sandbox has no such file.');
  return { bytes, mime: facts.mime, name: facts.name };
}

/** Keeps a file of an answer under an id that the key decides, so that the same key is the same file. */
export async function keepSent(ports: Ports, { kind, name, mime, bytes }: SentFile, key: string): Promise<FeedFile> {
  const digest = createHash('sha256').update(key).digest('hex');
  // The form of a UUID, version 8.
  const fileId = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
  await keepFile(ports, fileId, { name, mime, size: bytes.length }, bytes);
  return { fileId, kind, name, mime, size: bytes.length };
}
