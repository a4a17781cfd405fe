import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { type OpenAiEmulator, startOpenAiEmulator } from '../../agents/openai.emulator';
import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import { type ApiTester, createApiTester, until } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

const SECRET = 'the secret of our own directory';
let stack: RunningStack;
let api: ApiTester;
let service: OpenAiEmulator;
let lark: LarkEmulator;
let directory: Server;
let ledger: Client;

beforeAll(async () => {
  directory = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const signed = createHmac('sha256', SECRET)
      .update(`${String(request.headers['x-parley-timestamp'])}.${body}`)
      .digest('hex');
    const { personId, email } = JSON.parse(body) as { personId: string; email?: string };
    if (request.headers['x-parley-signature'] !== `v1=${signed}`) response.writeHead(401).end();
    else if (personId === 'ou_leaver') response.end(JSON.stringify({ refuse: 'left the company' }));
    else response.end(JSON.stringify({ user: { id: '4711', username: 'ann.smith', name: 'Ann Smith', email, department: 'Finance' } }));
  });
  await new Promise<void>((resolve) => directory.listen(0, '127.0.0.1', resolve));
  [stack, service, lark] = await Promise.all([startStack(), startOpenAiEmulator(), startLarkEmulator({ limits: 'off' })]);
  api = createApiTester(stack);
  ledger = new Client({ connectionString: stack.stack.databaseUrl });
  await ledger.connect();
});
afterAll(async () => {
  await ledger?.end();
  await stack?.stop();
  directory?.closeAllConnections();
  await Promise.all([service?.close(), lark?.close(), new Promise((resolve) => directory.close(resolve))]);
});

test('a member of the company is known to the expert, one who left is told so, blocked and erased people are gone', async () => {
  const http = { url: `http://127.0.0.1:${(directory.address() as AddressInfo).port}/who`, secret: SECRET };
  const { appId, appSecret, domain } = lark.config;
  const integration = await api.make('integrations', {
    ...{ name: 'Desk', channel: 'lark', mode: 'long_connection', config: { appId, appSecret, domain }, people: { mapping: 'http', http } },
  });
  const expert = await api.make('experts', {
    name: 'Expert',
    backend: 'openai',
    config: { baseUrl: service.url, model: 'm', identity: 'full' },
  });
  await api.make(`experts/${expert.id}/triggers`, { integrationId: integration.id, gatherMs: 0 });
  await api.call('POST', `experts/${expert.id}/publish`);
  await until(async () => lark.connections() > 0, 15_000);

  lark.setPerson('ou_ann', { name: 'Ann', enterprise_email: 'ann@corp.example' });
  lark.say({ chatId: 'oc_ann', text: 'Who am I?', senderId: 'ou_ann' });
  await until(async () => lark.replies('oc_ann')[0]?.closed === true, 15_000);
  const [system] = service.requests.at(-1)!.body.messages as { role: string; content: string }[];
  expect(system).toMatchObject({
    role: 'system',
    content: expect.stringContaining('"username":"ann.smith","email":"ann@corp.example","department":"Finance"'),
  });

  const requests = service.requests.length;
  lark.say({ chatId: 'oc_leaver', text: 'And I?', senderId: 'ou_leaver' });
  await until(async () => lark.cards('oc_leaver')[0]?.closed === true, 15_000);
  expect(JSON.stringify(lark.cards('oc_leaver')[0]!.json)).toContain('The directory of this organization says that I may not answer you');
  expect(service.requests.length).toBe(requests);

  const { items } = (await api.call('GET', `people?integrationId=${integration.id}&q=ann.smith`)).body;
  const ann = items[0]!;
  expect(items).toMatchObject([{ platformId: 'ou_ann', state: 'mapped', user: { source: 'http', email: 'ann@corp.example' } }]);
  await api.call('POST', `people/${ann.id}/block`);
  lark.say({ chatId: 'oc_ann', text: 'Hello?', senderId: 'ou_ann' });
  const endOf = async (chat: string) =>
    (
      await ledger.query<{ end: string | null }>(
        `SELECT e."end" FROM events e JOIN chats c ON c.id = e.chat_id WHERE c.platform_chat_id = $1 ORDER BY e.number`,
        [chat],
      )
    ).rows.map(({ end }) => end);
  await until(async () => (await endOf('oc_ann')).length === 2, 5000);
  expect(await endOf('oc_ann')).toEqual(['answered', 'ignored']);

  expect((await api.call('DELETE', `people/${ann.id}`)).status).toBe(204);
  expect(await endOf('oc_ann')).toEqual([]);
  const { rows } = await ledger.query(
    `SELECT 1 FROM events WHERE text LIKE '%Who am I?%' UNION SELECT 1 FROM directory_users WHERE username = 'ann.smith'`,
  );
  expect(rows).toEqual([]);
});
