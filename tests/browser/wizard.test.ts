import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import { type AccountsEmulator, startAccountsEmulator } from '../../channels/lark/registration.emulator';
import { api, expectAccessible, open, startConsole } from '../support/page';

let lark: LarkEmulator;
let accounts: AccountsEmulator;
const folder = mkdtempSync(join(tmpdir(), 'parley-wizard-'));
const trusted = join(folder, 'accounts.pem');

beforeAll(async () => {
  accounts = await startAccountsEmulator();
  writeFileSync(trusted, accounts.certificate);
});
beforeAll(async () => {
  lark = await startLarkEmulator();
});
afterAll(() => accounts?.close());
afterAll(() => lark?.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));
startConsole({ NODE_EXTRA_CA_CERTS: trusted });

test('the callback URL is there to be copied, and which permissions to tick off', async () => {
  const page = await open('integrations/new', { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('radio', { name: /^Webhook/ }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('checkbox', { name: /im:message\.group_at_msg/ }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Called back');
  for (const [name, value] of [
    ['App ID', lark.config.appId],
    ['App Secret', lark.config.appSecret],
    ['Encrypt Key', 'a key to encrypt with'],
    ['Verification Token', 'a token'],
  ] as const)
    await page.getByRole('textbox', { name }).fill(value);
  await page.getByRole('combobox', { name: 'Domain' }).fill(lark.url);
  await page.getByRole('button', { name: 'Save and test' }).click();
  await page.getByRole('button', { name: 'Copy: Callback URL' }).click();
  const url = await page.evaluate('navigator.clipboard.readText()');
  const made = (await api.call('GET', 'integrations')).body.items.find(({ name }) => name === 'Called back');
  expect(url).toBe(made?.callbackUrl);
  await expectAccessible(page);
  await page.getByText('Set PARLEY_PUBLIC_URL to the https address').waitFor();
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.locator('.link-badge[data-state="connected"]').waitFor();
});

test('an app that the platform makes for a scanned code fills the form, and one declines until one agrees', async () => {
  const page = await open('integrations/new');
  await page.getByRole('button', { name: 'Next' }).click();
  const domain = page.getByRole('combobox', { name: 'Domain' });
  await domain.fill(accounts.url);
  await page.getByRole('button', { name: 'Scan a code' }).click();
  const dialog = page.getByRole('dialog', { name: 'Scan with the app of the platform' });
  await dialog.getByRole('img', { name: 'Code to scan' }).waitFor();
  expect(await dialog.getByRole('link', { name: 'Or open it in a browser' }).getAttribute('href')).toContain(
    `${accounts.url}/page/launcher`,
  );
  await expectAccessible(page);
  accounts.refuse('access_denied');
  await dialog.getByText('Whoever scanned the code declined.').waitFor();
  accounts.scan(lark.config);
  await dialog.getByRole('button', { name: 'New code' }).click();

  await page.getByText('The app is made and its settings are filled in.').waitFor();
  expect(await page.getByRole('textbox', { name: 'App ID' }).inputValue()).toBe(lark.config.appId);
  await domain.fill(lark.url);
  await page.getByRole('textbox', { name: 'Name' }).fill('Scanned');
  await page.getByRole('button', { name: 'Save and test' }).click();
  await page.getByText('Saved. It is not connected yet.').waitFor();
  const made = (await api.call('GET', 'integrations')).body.items.find(({ name }) => name === 'Scanned');
  expect(made).toMatchObject({ channel: 'lark', config: { appId: lark.config.appId, appSecret: '***', domain: lark.url } });
});
