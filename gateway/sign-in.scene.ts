import { startGateway, type TestGateway, type Visitor } from '../tests/support/gateway';
import { hashPassword } from './passwords';

jest.setTimeout(60_000);

export const PASSWORD = 'correct horse battery';
export const HOUR = 3_600_000;

export let gateway: TestGateway;
export let hashed: string;

beforeAll(async () => {
  [gateway, hashed] = await Promise.all([startGateway(), hashPassword(PASSWORD)]);
});

afterAll(() => gateway?.close());

/** A member with the password; resolves with the account's id. */
export async function account(email: string, role: 'viewer' | 'admin' = 'admin'): Promise<string> {
  const user = await gateway.store.users.create({ tenantId: gateway.scope.tenantId, email, name: email.split('@')[0]!, password: hashed });
  await gateway.store.users.setMember(gateway.scope, user.id, role);
  return user.id;
}

/** A browser in which they have signed in. */
export async function signedIn(email: string, password = PASSWORD): Promise<Visitor> {
  const browser = gateway.browser();
  expect(await browser.call('POST', 'sign-in', { body: { email, password } })).toMatchObject({
    status: 200,
    body: { signedInBy: 'password' },
  });
  return browser;
}

export const attempt = (email: string, password: string, headers = {}) =>
  gateway.browser(headers).call('POST', 'sign-in', { body: { email, password } });

/** Moves the gateway's clock. */
export const later = (ms: number) => {
  gateway.clock.now = new Date(gateway.clock.now.getTime() + ms);
};
