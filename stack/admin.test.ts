import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { startGateway, type TestGateway } from '../tests/support/gateway';
import { ROOT } from './root';

jest.setTimeout(120_000);

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway?.close());

async function admin(
  args: readonly string[],
  input = '',
): Promise<{ readonly code: number | null; readonly out: string; readonly said: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'stack/admin.ts', ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      DATABASE_URL: gateway.databaseUrl,
      PARLEY_SECRET_KEY: gateway.secretKey,
      PARLEY_PUBLIC_URL: 'https://parley.example.com',
    },
  });
  child.stdin.end(input);
  const [out, said, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, out: out.trim(), said };
}

const signIn = (email: string, password: string) => gateway.browser().call('POST', 'sign-in', { body: { email, password } });

test('a tenant gets its first administrator by a link, which works once', async () => {
  const { out, said } = await admin(['create', '--tenant', 'Acme', '--email', 'Root@acme.example']);
  expect(said).toContain('new tenant "Acme"');
  expect(out).toMatch(/^https:\/\/parley\.example\.com\/#\/link\/[\w-]{43}$/);
  const body = { token: out.split('#/link/')[1], password: 'the root of acme', name: 'Root' };
  const entered = await gateway.browser().call('POST', 'sign-in/links/use', { body });
  expect(entered).toMatchObject({ status: 200, body: { role: 'tenant_admin', tenant: { name: 'Acme' } } });
  expect(await signIn('root@acme.example', 'the root of acme')).toMatchObject({ status: 200 });
  expect(await admin(['create', '--tenant', 'Acme', '--email', 'root@acme.example'])).toMatchObject({ code: 1 });

  const reset = await admin(['reset', '--tenant', 'Acme', '--email', 'root@acme.example']);
  const again = { token: reset.out.split('#/link/')[1], password: 'the new root of acme' };
  expect(await gateway.browser().call('POST', 'sign-in/links/use', { body: again })).toMatchObject({ status: 200 });
  expect((await signIn('root@acme.example', 'the root of acme')).status).toBe(401);
});

test('the platform gets an administrator by a password from standard input, who makes tenants', async () => {
  const create = (password: string) => admin(['create', '--platform', '--email', 'ops@example.com', '--password-stdin'], `${password}\n`);
  expect(await create('short')).toMatchObject({ code: 1, said: expect.stringContaining('at least 12 characters') });
  expect(await create('keeper of the platform')).toMatchObject({ code: 0, out: '' });
  const browser = gateway.browser();
  const body = { email: 'ops@example.com', password: 'keeper of the platform' };
  expect(await browser.call('POST', 'sign-in', { body })).toMatchObject({ body: { role: 'platform', tenant: null, organization: null } });
  expect(await browser.call('POST', 'tenants', { body: { name: 'Made' } })).toMatchObject({ status: 201 });
  expect((await browser.call('GET', 'integrations')).status).toBe(403);
  const actions = (await browser.call('GET', 'audit')).body.items.map(({ action }: { action: string }) => action);
  expect(actions).toEqual(['config.created', 'admin.login', 'member.joined']);
});

test('keys come as before', async () => {
  const { out } = await admin(['create', '--tenant', 'Beta']);
  expect((await gateway.program(out).call('GET', 'integrations')).status).toBe(200);
  const platform = (await admin(['create', '--platform'])).out;
  expect((await gateway.program(platform).call('GET', 'tenants')).status).toBe(200);
  expect(await admin(['create'])).toMatchObject({ code: 1, said: expect.stringContaining('Say what to make') });
});
