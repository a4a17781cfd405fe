import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { feedPrefix, messageKey } from '../channels/sandbox/feed';
import { startGateway, type TestGateway } from '../tests/support/gateway';
import { createDesk } from '../tests/support/world';
import { hashPassword } from './passwords';
import { streamFeed } from './sandbox-stream';

jest.setTimeout(60_000);

const PASSWORD = 'correct horse battery';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

test('a chat is told no longer to whoever signed out, or may read no more', async () => {
  const { store, scope, url, browser, program } = gateway;
  const { integration } = await createDesk(gateway);
  const user = await store.users.create({
    ...{ tenantId: scope.tenantId, email: 'ann@example.com', name: 'Ann', password: await hashPassword(PASSWORD) },
  });
  await store.users.setMember(scope, user.id, 'admin');
  const key = await store.access.newKey('reader', 'auditor', scope);
  const signedIn = browser();
  await signedIn.call('POST', 'sign-in', { body: { email: user.email, password: PASSWORD } });
  const cookie = [...signedIn.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const watch = async (headers: Record<string, string>) => {
    const response = await fetch(`${url}/api/v1/sandbox/${integration.id}/stream?chat=c`, { headers });
    expect(response.status).toBe(200);
    return { told: text(response.body!) };
  };
  const streams = [await watch({ cookie }), await watch({ authorization: `Bearer ${key.key}` })];
  const say = (messageId: string) =>
    store.memory.put(integration.id, messageKey('c', messageId), {
      type: 'message',
      chat: 'c',
      messageId,
      from: 'person',
      sender: 'x',
      text: '',
    });
  await say('before');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await signedIn.call('DELETE', 'session')).status).toBe(204);
  const admin = program(await store.access.createKey('admin', 'admin', scope));
  expect((await admin.call('DELETE', `keys/${key.id}`)).status).toBe(204);
  for (const { told } of streams) expect(await told).toContain('before');
  await say('after');
});

test('whoever left before the stream began leaves nothing behind', async () => {
  const { store } = gateway;
  const { integration } = await createDesk(gateway);
  let listening = 0;
  const notifications = {
    subscribe: () => {
      listening += 1;
      return () => {
        listening -= 1;
      };
    },
    close: async () => undefined,
  };
  const done = new Promise<void>((resolve, reject) => {
    const server = createServer((_, response) => {
      response.once('close', () => {
        streamFeed({ store, notifications, integrationId: integration.id, prefix: feedPrefix('c'), after: undefined }, response)
          .then(resolve, reject)
          .finally(() => server.close());
      });
    }).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const call = request({ port, host: '127.0.0.1' }).on('error', () => undefined);
      call.end(() => setTimeout(() => call.destroy(), 50));
    });
  });
  await done;
  expect(listening).toBe(0);
});
