import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RefusingApi {
  readonly url: string;
  /** The bodies it was sent. */
  readonly bodies: readonly string[];
  close(): void;
}

/** A platform or AI service, whichever is wanted, that accepts nobody's credentials. */
export async function startRefusingApi(): Promise<RefusingApi> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"code":10014,"msg":"app secret invalid","error":{"message":"bad key"}}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, close: () => void server.close() };
}
