import { Agent, get, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer, serve } from './server';

const slowly: RequestListener = (request, response) => {
  if (request.url === '/stream') response.write('begun');
  else setTimeout(() => response.end('answered'), request.url === '/slow' ? 100 : 0);
};

let server: Server;
let port: number;
const agent = new Agent({ keepAlive: true });
beforeEach(async () => {
  server = await serve(slowly, 0, '127.0.0.1');
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  agent.destroy();
  await closeServer(server);
});

/** What a call is answered, with the header that says how long its connection is kept. */
const call = (path: string): Promise<{ readonly text: string; readonly kept: unknown }> =>
  new Promise((resolve, reject) => {
    get({ port, path, agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ text, kept: response.headers['keep-alive'] }));
      response.on('error', reject);
    }).on('error', reject);
  });

describe('the server of the gateway', () => {
  it('keeps idle connections for longer than load balancers do', async () => {
    expect(await call('/')).toEqual({ text: 'answered', kept: 'timeout=75' });
  });

  it('answers what is under way when it closes, and does not wait for whom it has answered', async () => {
    await call('/');
    const underWay = call('/slow');
    await new Promise((resolve) => server.once('request', resolve));
    const began = Date.now();
    await Promise.all([closeServer(server), expect(underWay).resolves.toMatchObject({ text: 'answered' })]);
    expect(Date.now() - began).toBeLessThan(400);
    await expect(call('/')).rejects.toMatchObject({ code: expect.stringMatching(/^ECONN/) });
  });

  it('ends streams, which do not end by themselves', async () => {
    const stream = call('/stream');
    const cut = expect(stream).rejects.toMatchObject({ code: 'ECONNRESET' });
    await new Promise((resolve) => server.once('request', resolve));
    await closeServer(server);
    await cut;
  });

  it('says when its port cannot be had', async () => {
    await expect(serve(slowly, port, '127.0.0.1')).rejects.toThrow(`Port ${port} is taken: end what uses it, or set another one (PORT).`);
  });
});
