import { globalAgent } from 'node:https';
import { eventually } from '../../tests/support/eventually';
import type { ScanCode } from '../channel';
import { lark } from '.';
import { type AccountsEmulator, addonsOf, startAccountsEmulator } from './registration.emulator';

let accounts: AccountsEmulator;
beforeEach(async () => {
  accounts = await startAccountsEmulator();
  globalAgent.options.ca = accounts.certificate;
});
afterEach(async () => {
  delete globalAgent.options.ca;
  await accounts.close();
});

const app = { appId: 'cli_0123456789abcdef', appSecret: 'what Lark made up' };
const register = (domain: string, onCode: (code: ScanCode) => void = () => undefined, signal = new AbortController().signal) =>
  lark.register!({ domain }, onCode, signal);

test('a scanned code gives the settings of a new app, which asks for what Parley needs', async () => {
  const codes: ScanCode[] = [];
  const settings = await register(accounts.url, (code) => {
    codes.push(code);
    accounts.scan(app);
  });
  expect(settings).toEqual({ ...app, domain: accounts.url });
  expect(codes).toEqual([{ url: expect.stringContaining(`${accounts.url}/page/launcher?user_code=ABCD-EFGH`), validMs: 600_000 }]);
  const { url } = codes[0]!;
  expect(new URL(url).searchParams.get('createOnly')).toBe('true');
  expect(addonsOf(url)).toMatchObject({
    scopes: { tenant: expect.arrayContaining(['im:message', 'cardkit:card:write']) },
    events: { items: { tenant: expect.arrayContaining(['im.message.receive_v1']) } },
    callbacks: { items: ['card.action.trigger'] },
  });
});

test.each([
  ['access_denied', 'forbidden', /declined/],
  ['expired_token', 'gone', /in time/],
] as const)('%s says what to do', async (error, code, message) => {
  const registering = register(accounts.url, () => accounts.refuse(error));
  await expect(registering).rejects.toMatchObject({ name: 'ChannelError', code, message: expect.stringMatching(message) });
});

test('nobody asks any more once the page is left', async () => {
  const left = new AbortController();
  const registering = register(accounts.url, () => undefined, left.signal);
  registering.catch(() => undefined);
  await eventually(() => accounts.polls() > 0);
  left.abort();
  await expect(registering).rejects.toMatchObject({ name: 'AbortError' });
  const before = accounts.polls();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(accounts.polls()).toBe(before);
});

test('a domain without https, or where nobody answers, is refused with a sentence', async () => {
  await expect(register('http://127.0.0.1:9')).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('https') });
  await expect(register('https://127.0.0.1:9')).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('by hand') });
});

test('no call follows a redirect', async () => {
  const elsewhere = await startAccountsEmulator();
  accounts.redirect(`${elsewhere.url}/oauth/v1/app/registration`);
  globalAgent.options.ca = [accounts.certificate, elsewhere.certificate];
  elsewhere.scan(app);
  await expect(register(accounts.url)).rejects.toMatchObject({ code: 'unreachable' });
  expect(elsewhere.polls()).toBe(0);
  await elsewhere.close();
});
