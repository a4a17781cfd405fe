import type { S3 } from '@aws-sdk/client-s3';
import { AppError } from '../domain/errors';

/** A bucket, and who serves it. */
export interface BucketAt {
  readonly bucket: string;
  /** Put before every key; empty or ending in a slash. */
  readonly prefix: string;
  /** Of an S3-compatible server; undefined = AWS itself. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** The bucket's name in the path instead of the host's name. */
  readonly pathStyle: boolean;
}

/** Answers are waited for no longer than this, in milliseconds: a turn waits with them. */
const CONNECT_MS = 3000;
const REQUEST_MS = 30_000;
const DELETED_AT_ONCE = 8;

/** A bucket of S3 or of any server that speaks its protocol. Credentials come the way all AWS tools find them: environment, profile, role. */
export function openBucket({ bucket: Bucket, prefix, endpoint, region, pathStyle }: BucketAt) {
  let opened: Promise<S3> | undefined;
  const client = (): Promise<S3> => {
    // Loaded only where it is used: it is large.
    opened ??= import('@aws-sdk/client-s3').then(
      ({ S3 }) =>
        new S3({
          region,
          forcePathStyle: pathStyle,
          maxAttempts: 3,
          // Newer checksums are unknown to many compatible servers.
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
          requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
          ...(endpoint !== undefined && { endpoint }),
        }),
    );
    return opened;
  };
  const host = endpoint === undefined ? 'S3' : new URL(endpoint).host;
  const failed = (error: unknown): never => {
    throw failureOf(error, host, Bucket);
  };
  const unlessMissing = (error: unknown): undefined =>
    nameOf(error) === 'NoSuchKey' || nameOf(error) === 'NotFound' ? undefined : failed(error);

  async function remove(keys: readonly string[]): Promise<void> {
    const s3 = await client();
    for (let from = 0; from < keys.length; from += DELETED_AT_ONCE) {
      const some = keys.slice(from, from + DELETED_AT_ONCE);
      // One by one: the call for many asks for a checksum that not every compatible server knows.
      await Promise.all(some.map((key) => s3.deleteObject({ Bucket, Key: prefix + key }).catch(unlessMissing)));
    }
  }

  return {
    async put(key: string, bytes: Uint8Array, mime?: string): Promise<void> {
      const input = { Bucket, Key: prefix + key, Body: bytes, ContentLength: bytes.byteLength, ...(mime && { ContentType: mime }) };
      await (await client()).putObject(input).catch(failed);
    },
    async get(key: string): Promise<Buffer | undefined> {
      const found = await (await client()).getObject({ Bucket, Key: prefix + key }).catch(unlessMissing);
      const bytes = await found?.Body?.transformToByteArray().catch(failed);
      return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    has: async (key: string): Promise<boolean> =>
      (await (await client()).headObject({ Bucket, Key: prefix + key }).catch(unlessMissing)) !== undefined,
    remove,
    async removeAll(folder: string): Promise<void> {
      for (;;) {
        const found = await (await client()).listObjectsV2({ Bucket, Prefix: `${prefix}${folder}/` }).catch(failed);
        const keys = (found.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key.slice(prefix.length)]));
        await remove(keys);
        if (!found.IsTruncated || keys.length === 0) return;
      }
    },
  };
}

/** The server's own words are left out: they can hold keys and names. */
function failureOf(error: unknown, host: string, bucket: string): AppError {
  const status = (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
  const name = nameOf(error);
  if (name === 'CredentialsProviderError')
    return new AppError(
      'files_refused',
      'There are no credentials for the attachment store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  if (status === 404 || name === 'NoSuchBucket')
    return new AppError('files_refused', `The attachment store at ${host} has no bucket ${bucket}: create it, or mend PARLEY_ATTACHMENTS.`);
  if (status !== undefined && status >= 300 && status < 500 && status !== 429)
    return new AppError(
      'files_refused',
      `The attachment store at ${host} refused the call (HTTP ${status}, ${name}): check its credentials and rights.`,
    );
  return new AppError(
    'files_away',
    `The attachment store at ${host} does not answer (${status === undefined ? name : `HTTP ${status}`}).`,
    {
      retryable: true,
    },
  );
}

const nameOf = (error: unknown): string => (error instanceof Error && /^[A-Za-z]{2,60}$/.test(error.name) ? error.name : 'unknown');
