import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An S3 server on loopback with one bucket, addressed by path: put, get, head and delete of single objects, lists of two at a time, signatures checked. */
export interface S3Emulator {
  readonly url: string;
  /** What the bucket holds, by key. */
  readonly objects: ReadonlyMap<string, { readonly bytes: Buffer; readonly type: string | undefined }>;
  /** `GET key` and the like, in order. */
  readonly calls: readonly string[];
  /** Answers the next so many calls with this status. */
  fail(status: number, times: number): void;
  close(): Promise<void>;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export async function startS3Emulator(bucket: string, credentials: S3Credentials): Promise<S3Emulator> {
  const objects = new Map<string, { bytes: Buffer; type: string | undefined }>();
  const calls: string[] = [];
  let failing = { status: 0, times: 0 };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const [, asked, ...rest] = decodeURIComponent(pathname).split('/');
    const key = rest.join('/');
    calls.push(`${request.method} ${key}`);
    if (failing.times > 0) {
      failing.times -= 1;
      return refuse(response, failing.status, 'InternalError');
    }
    if (!isSigned(request, bytes, credentials)) return refuse(response, 403, 'SignatureDoesNotMatch');
    if (asked !== bucket) return refuse(response, 404, 'NoSuchBucket');
    if (searchParams.get('list-type') === '2') return list(response, objects, searchParams.get('prefix') ?? '');
    const found = objects.get(key);
    if (request.method === 'PUT') {
      objects.set(key, { bytes, type: request.headers['content-type'] });
      return void response.writeHead(200, { etag: `"${createHash('md5').update(bytes).digest('hex')}"` }).end();
    }
    if (request.method === 'DELETE') {
      objects.delete(key);
      return void response.writeHead(204).end();
    }
    if (!found) return refuse(response, 404, 'NoSuchKey');
    response.writeHead(200, { 'content-length': found.bytes.length, 'content-type': found.type ?? 'application/octet-stream' });
    response.end(request.method === 'HEAD' ? undefined : found.bytes);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    calls,
    fail: (status, times) => {
      failing = { status, times };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function list(response: ServerResponse, objects: ReadonlyMap<string, unknown>, prefix: string): void {
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
  const contents = keys.slice(0, 2).map((key) => `<Contents><Key>${key}</Key></Contents>`);
  const body = `<ListBucketResult><IsTruncated>${keys.length > 2}</IsTruncated>${contents.join('')}</ListBucketResult>`;
  response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0" encoding="UTF-8"?>${body}`);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>as emulated</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
}

/** Signature Version 4, as the protocol's documentation computes it. */
function isSigned({ method, url, headers }: IncomingMessage, bytes: Buffer, { accessKeyId, secretAccessKey }: S3Credentials): boolean {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
    headers.authorization ?? '',
  );
  if (!given || given[1] !== accessKeyId) return false;
  const [, , day = '', region = '', names = '', signature] = given;
  const hash = String(headers['x-amz-content-sha256']);
  if (hash !== 'UNSIGNED-PAYLOAD' && hash !== createHash('sha256').update(bytes).digest('hex')) return false;
  const { pathname, searchParams } = new URL(url ?? '/', 'http://localhost');
  const query = [...searchParams].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).sort();
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const request = [method, pathname, query.join('&'), signed.join(''), names, hash].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, createHash('sha256').update(request).digest('hex')].join('\n');
  const sign = (key: string | Buffer, said: string): Buffer => createHmac('sha256', key).update(said).digest();
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(sign, `AWS4${secretAccessKey}`);
  return sign(key, text).toString('hex') === signature;
}
