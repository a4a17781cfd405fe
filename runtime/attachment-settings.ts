import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../domain/errors';
import type { FilesAt } from '../store/files';

/** What becomes of the files that people send and experts make. */
export interface AttachmentSettings {
  readonly at: FilesAt;
  /** Largest single file, and most of one question or answer together, in bytes. */
  readonly maxFileBytes: number;
  readonly maxTurnBytes: number;
  /** Most files of one question or answer. */
  readonly maxTurnFiles: number;
  /** Media types that are kept, `*` for anything; the others are left out and said. */
  readonly types: readonly string[];
}

const KEPT_TYPES = [
  ...['image/*', 'audio/*', 'video/*', 'text/*', 'application/pdf', 'application/rtf', 'application/zip', 'application/msword'],
  ...['application/vnd.ms-*', 'application/vnd.openxmlformats-officedocument.*', 'application/vnd.oasis.opendocument.*'],
];

const megabytes = z.coerce
  .number('is not a number')
  .positive('is too small')
  .max(1024, 'is too large')
  .describe('Use a number of megabytes up to 1024.');
const files = z.coerce
  .number('is not a number')
  .int('is not a whole number')
  .min(0, 'is too small')
  .max(100, 'is too large')
  .describe('Use a whole number up to 100.');
const mediaTypes = z
  .string()
  .transform((text) => text.split(',').map((type) => type.trim().toLowerCase()))
  .refine((types) => types.every((type) => /^[\w*.+-]+\/[\w*.+-]+$/.test(type)), 'is not a list of media types')
  .describe('Use types with * for anything between commas, such as image/*,application/pdf.');
const BUCKET = /^s3:\/\/[a-z0-9][a-z0-9.-]*(\/[\w./-]*)?(\?style=(path|virtual))?$/;
const filesAt = z
  .string()
  .refine((text) => !text.includes('://') || BUCKET.test(text), 'is neither a folder nor a bucket')
  .describe('Use a folder, or s3://bucket/prefix.');

/** The variables; what AWS's tools read too is looked at only where a bucket is named. */
export const attachmentVariables = {
  PARLEY_ATTACHMENTS: filesAt.optional(),
  PARLEY_ATTACHMENT_MB: megabytes.default(20),
  PARLEY_ATTACHMENT_TURN_MB: megabytes.default(50),
  PARLEY_ATTACHMENT_TURN_FILES: files.default(10),
  PARLEY_ATTACHMENT_TYPES: mediaTypes.default(KEPT_TYPES),
  AWS_ENDPOINT_URL_S3: z.string().optional(),
  AWS_ENDPOINT_URL: z.string().optional(),
  AWS_REGION: z.string().optional(),
  AWS_DEFAULT_REGION: z.string().optional(),
};

type Values = z.infer<z.ZodObject<typeof attachmentVariables>> & { readonly PARLEY_DATA_DIR: string };

/** @throws ConfigError */
export function attachmentSettings(values: Values): AttachmentSettings {
  const bytes = (amount: number): number => Math.floor(amount * 2 ** 20);
  return {
    at: toFilesAt(values),
    maxFileBytes: bytes(values.PARLEY_ATTACHMENT_MB),
    maxTurnBytes: bytes(values.PARLEY_ATTACHMENT_TURN_MB),
    maxTurnFiles: values.PARLEY_ATTACHMENT_TURN_FILES,
    types: values.PARLEY_ATTACHMENT_TYPES,
  };
}

/** Credentials are not read here: the SDK finds them as every AWS tool does. */
function toFilesAt(values: Values): FilesAt {
  const given = values.PARLEY_ATTACHMENTS;
  if (!given?.startsWith('s3://')) return { kind: 'folder', path: resolve(given ?? join(values.PARLEY_DATA_DIR, 'attachments')) };
  const { hostname: bucket, pathname, searchParams } = new URL(given);
  const prefix = pathname.replace(/^\/+|\/+$/g, '');
  const endpoint = values.AWS_ENDPOINT_URL_S3 ?? values.AWS_ENDPOINT_URL;
  if (endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint))
    throw new ConfigError('bad_setting', 'AWS_ENDPOINT_URL_S3 is not a web address. Use an address such as https://s3.example.com.');
  const style = searchParams.get('style') ?? (endpoint === undefined ? 'virtual' : 'path');
  return {
    ...{ kind: 's3', bucket, prefix: prefix === '' ? '' : `${prefix}/`, pathStyle: style === 'path' },
    endpoint: endpoint?.replace(/\/+$/, ''),
    region: values.AWS_REGION ?? values.AWS_DEFAULT_REGION ?? 'us-east-1',
  };
}
