import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultPeople, type PersonFacts } from '../domain/person';
import { askHttp, signatureOf } from './identity-http';

let server: Server;
let url: string;
let reply: (request: IncomingMessage, response: ServerResponse, body: string) => void;
const secret = 'a secret of enough length';

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    reply(request, response, Buffer.concat(chunks).toString());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/who`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const says = (status: number, body: unknown, headers = {}): void => {
  reply = (_, response) => void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
};
const ask = (facts: PersonFacts = {}, more = {}) =>
  askHttp(
    { ...defaultPeople, mapping: 'http', http: { url, secret, timeoutMs: 1000, ...more } },
    { platform: 'lark', integrationId: 'i', personId: 'ou_1', facts },
  );

it('asks with a signature and takes what it is told', async () => {
  let asked: { headers: IncomingMessage['headers']; body: string } | undefined;
  reply = ({ headers }, response, body) => {
    asked = { headers, body };
    response.end(JSON.stringify({ user: { id: '7', username: 'ann', name: 'Ann', email: null, attributes: { level: 3 }, more: 'x' } }));
  };
  expect(await ask({ staffId: 'E7', email: 'ann@corp.example', external: false })).toEqual({
    kind: 'user',
    user: { id: '7', username: 'ann', name: 'Ann', email: '', attributes: { level: 3 } },
  });
  expect(JSON.parse(asked!.body)).toEqual({
    platform: 'lark',
    integrationId: 'i',
    personId: 'ou_1',
    staffId: 'E7',
    email: 'ann@corp.example',
    external: false,
  });
  const timestamp = String(asked!.headers['x-parley-timestamp']);
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(5);
  expect(asked!.headers['x-parley-signature']).toBe(signatureOf(secret, timestamp, asked!.body));
});

it('tells a refusal from somebody unknown', async () => {
  says(200, { refuse: 'left the company' });
  expect(await ask()).toEqual({ kind: 'refused' });
  says(404, 'no such person');
  expect(await ask()).toEqual({ kind: 'unknown' });
});

it.each<[string, number, unknown, string]>([
  ['an error', 500, 'out of order', 'http_500'],
  ['no JSON', 200, '<html>', 'bad_answer'],
  ['another shape', 200, { id: '7' }, 'bad_answer'],
  ['no id', 200, { user: { name: 'Ann' } }, 'bad_answer'],
  ['what cannot be kept', 200, { user: { id: 'a\0b' } }, 'bad_answer'],
  [
    'too much',
    200,
    { user: { id: '7', attributes: Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`a${n}`, 'x'.repeat(900)])) } },
    'too_large',
  ],
])('an answer that is %s is none', async (_, status, body, code) => {
  says(status, body);
  expect(await ask()).toEqual({ kind: 'failed', code });
});

it('follows nobody elsewhere, and goes to no address of the own link', async () => {
  says(302, '', { location: 'http://169.254.169.254/latest' });
  expect(await ask()).toEqual({ kind: 'failed', code: 'http_302' });
  expect(await ask({}, { url: 'http://169.254.169.254/latest' })).toEqual({ kind: 'failed', code: 'link_local' });
});

it('waits no longer than it is told to, for the head and for the rest', async () => {
  for (const silent of [
    () => undefined,
    (_: IncomingMessage, response: ServerResponse) => void response.writeHead(200).write('{"user":'),
  ]) {
    reply = silent;
    const startedAt = Date.now();
    expect(await ask({}, { timeoutMs: 150 })).toEqual({ kind: 'failed', code: 'timeout' });
    expect(Date.now() - startedAt).toBeLessThan(1000);
  }
  expect(await ask({}, { url: 'http://127.0.0.1:9/' })).toMatchObject({ kind: 'failed' });
});
