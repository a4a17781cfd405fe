import type { Page } from 'playwright-core';
import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import { until } from '../support/api';
import {
  api,
  expectAccessible,
  expectFits,
  forgive,
  newKey,
  newTab,
  open,
  PHONE,
  picture,
  sayInSandbox,
  stack,
  startConsole,
  titled,
  visit,
} from '../support/page';

/** What is told by the stream is seen well before the next poll would be. */
const SOON_MS = 2500;

let lark: LarkEmulator;

startConsole();
beforeAll(async () => {
  lark = await startLarkEmulator();
});
afterAll(() => lark?.close());

const sandboxId = () => stack.stack.sandbox.integrationId;

/** Calls to the API that the page makes, by their paths. */
function callsOf(page: Page): string[] {
  const calls: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/v1/')) calls.push(pathname.slice('/api/v1/'.length));
  });
  return calls;
}

describe('an integration', () => {
  it('makes an integration step by step, which goes green', async () => {
    const page = await open('integrations');
    await page.getByRole('link', { name: 'New integration' }).click();
    await titled(page, 'New integration');
    await expectAccessible(page);
    expect(await page.getByRole('radio', { name: 'Long connection Recommended' }).isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Next' }).click();

    await page.getByText('im:message.group_at_msg').waitFor();
    await expectAccessible(page);
    await picture(page, 'console-wizard');
    await page.getByRole('textbox', { name: 'Name' }).fill('Help desk');
    await page.getByRole('textbox', { name: 'App ID' }).fill('not an id');
    await page.getByRole('button', { name: 'Save and test' }).click();
    await page.getByText('This does not look right').waitFor();
    await page.getByRole('textbox', { name: 'App ID' }).fill(lark.config.appId);
    await page.getByRole('textbox', { name: 'App Secret' }).fill(lark.config.appSecret);
    await page.getByRole('combobox', { name: 'Domain' }).fill(lark.url);
    await page.getByRole('button', { name: 'Save and test' }).click();

    await page.getByText('Saved. It is not connected yet.').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'credentials' }).first().waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: /^Connect/ }).click();
    await page.locator('.link-badge[data-state="connected"]').waitFor();
    expect(lark.connections()).toBe(1);

    await page.getByRole('link', { name: 'To the integration' }).click();
    await titled(page, 'Help desk');
    await page.getByRole('heading', { name: 'Incidents' }).waitFor();
    await page.locator('.incident[data-kind="enabled"]').waitFor();
    await expectAccessible(page);
    await picture(page, 'console-integration');
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.locator('.page-title .link-badge[data-state="disabled"]').waitFor();
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.locator('.page-title .link-badge[data-state="connected"]').waitFor();
  });

  it('changes an integration, keeps its secret, and shows what hangs on it before it goes', async () => {
    const page = await open('integrations');
    await page.getByRole('link', { name: 'Help desk' }).click();
    await page.getByRole('navigation', { name: 'Help desk' }).getByRole('link', { name: 'Settings' }).click();
    expect(await page.getByRole('textbox', { name: 'App Secret' }).inputValue()).toBe('');
    await page.getByRole('textbox', { name: 'Name' }).fill('Service desk');
    await page.getByRole('button', { name: 'Save' }).click();
    await titled(page, 'Service desk');
    await page.locator('.page-title .link-badge[data-state="connected"]').waitFor();

    await page.getByRole('link', { name: 'Appearance' }).click();
    await page.getByRole('switch', { name: "Show the expert's thoughts" }).click();
    await page.getByRole('checkbox', { name: 'Tokens' }).click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const saved = (await api.call('GET', 'integrations')).body.items.find(({ name }) => name === 'Service desk');
    expect(saved).toMatchObject({
      appearance: { reasoning: true, footer: expect.arrayContaining(['tokens']) },
      config: { appSecret: '***' },
    });

    await api.make('alerts', { name: 'on call', channel: 'chat', config: { integrationId: saved!.id, chatId: 'oc_admins' } });
    const limit = { name: 'a day', measure: 'tokens', amount: 1000, period: 'day' };
    await api.make('spending-limits', { ...limit, integrationId: saved!.id });
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete "Service desk"?' });
    await dialog.getByText('No open conversation').waitFor();
    await dialog.getByText('The alert "on call", which speaks through it').waitFor();
    await dialog.getByText('The limit "a day" on it').waitFor();
    await dialog.getByRole('button', { name: 'Delete it' }).click();
    await titled(page, 'Integrations');
    await until(async () => lark.connections() === 0);
  });
});

describe('links, live', () => {
  it.each([
    ['integrations', '.tile', 'Integrations'],
    ['overview', '.row-line', 'Overview'],
  ])('%s follows without asking', async (path, row, title) => {
    const { id } = await api.make('integrations', { name: `Followed on ${path}`, channel: 'sandbox' });
    const page = await newTab();
    const calls = callsOf(page);
    await visit(page, path);
    await titled(page, title);
    const badge = (state: string) => page.locator(row, { hasText: `Followed on ${path}` }).locator(`.link-badge[data-state="${state}"]`);
    await badge('connected').waitFor();
    await api.call('POST', `integrations/${id}/disable`);
    await badge('disabled').waitFor({ timeout: SOON_MS });
    await api.call('POST', `integrations/${id}/enable`);
    await badge('connected').waitFor({ timeout: SOON_MS });
    await api.call('PATCH', `integrations/${id}`, { name: 'Another name' });
    await page.getByText('Another name').waitFor({ timeout: 2 * SOON_MS });
    await api.call('DELETE', `integrations/${id}`);
    await page.getByText('Another name').waitFor({ state: 'detached', timeout: 2 * SOON_MS });
    expect(calls.filter((one) => one === 'integrations/stream')).toHaveLength(1);
    expect(calls.filter((one) => one.endsWith('/status'))).toEqual([]);
  });

  it('asks while the stream is down, and follows it again', async () => {
    const { id } = await api.make('integrations', { name: 'Asked for', channel: 'sandbox' });
    let isDown = true;
    const page = await newTab();
    await page.route('**/integrations/stream', (route) => (isDown ? route.abort() : route.continue()));
    await visit(page, 'integrations');
    const badge = (state: string) => page.locator('.tile', { hasText: 'Asked for' }).locator(`.link-badge[data-state="${state}"]`);
    await badge('connected').waitFor();
    await api.call('POST', `integrations/${id}/disable`);
    await badge('disabled').waitFor();
    isDown = false;
    await page.waitForResponse('**/integrations/stream');
    await api.call('POST', `integrations/${id}/enable`);
    await badge('connected').waitFor({ timeout: SOON_MS });
    await api.call('DELETE', `integrations/${id}`);
    forgive('ERR_FAILED');
  });

  it('lets its connection go while the tab is hidden, for browsers open few to one host', async () => {
    const { id } = await api.make('integrations', { name: 'Looked away', channel: 'sandbox' });
    const page = await open('integrations');
    const show = (state: 'hidden' | 'visible') =>
      page.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' });
        document.dispatchEvent(new Event('visibilitychange'));`);
    const badge = (state: string) => page.locator('.tile', { hasText: 'Looked away' }).locator(`.link-badge[data-state="${state}"]`);
    await badge('connected').waitFor();
    const closed = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/integrations/stream'));
    await show('hidden');
    await closed;
    await api.call('POST', `integrations/${id}/disable`);
    await show('visible');
    await badge('disabled').waitFor({ timeout: SOON_MS });
    await api.call('DELETE', `integrations/${id}`);
  });

  it('ends with the key that opened it', async () => {
    const { id, key } = await newKey('viewer');
    const page = await open('integrations', {}, key);
    await page.locator('.link-badge[data-state="connected"]').first().waitFor();
    await api.call('DELETE', `keys/${id}`);
    await page.getByRole('textbox', { name: 'E-mail address' }).waitFor();
    forgive(401);
  });
});

describe('the page of an integration', () => {
  it('says how it stands, what goes through it and what befell it', async () => {
    await sayInSandbox('Traffic Tester', 'echo: hello');
    const page = await open(`integrations/${sandboxId()}`);
    await titled(page, 'Sandbox');
    const fact = (name: string) => page.locator('.facts > div', { has: page.getByText(name, { exact: true }) }).locator('dd');
    await page.locator('.page-title .link-badge[data-state="connected"]').waitFor();
    const uptime = await fact('Up for').textContent();
    expect(uptime).toMatch(/\d+ s|\d+:\d\d/);
    await until(async () => (await fact('Up for').textContent()) !== uptime);
    expect(await fact('Connected since').textContent()).toMatch(/\d\d:\d\d/);
    await until(async () => /\d\d:\d\d/.test((await fact('Last event').textContent()) ?? ''));
    expect(Number(await fact('Messages in').textContent())).toBeGreaterThan(0);
    await page.locator('.recharts-surface').first().waitFor();
    await page.getByText('Nothing has happened to this link yet').waitFor();
    await page.getByRole('button', { name: 'Restart' }).click();
    await page.locator('.incident[data-kind="restarted"]').waitFor({ timeout: 2 * SOON_MS });
    await page.locator('.page-title .link-badge[data-state="connected"]').waitFor();
    await expectAccessible(page);
    const phone = await open(`integrations/${sandboxId()}`, PHONE);
    await phone.locator('.recharts-surface').first().waitFor();
    await expectFits(phone);
    await expectAccessible(phone);
  });

  it('says why a link is parked, and that there is no such integration', async () => {
    const { appId } = lark.config;
    const { id } = await api.make('integrations', {
      name: 'Wrong',
      channel: 'lark',
      config: { appId, appSecret: 'wrong', domain: lark.url },
    });
    const page = await open(`integrations/${id}`);
    await page.locator('.page-title .link-badge', { hasText: 'Parked' }).waitFor();
    await page.locator('.incident[data-kind="parked"]').waitFor();
    await page.locator('.facts', { hasText: 'Last error' }).getByText('refused the app id or secret').waitFor();
    await api.call('DELETE', `integrations/${id}`);
    await visit(page, 'integrations/00000000-0000-4000-8000-000000000000');
    await page.getByText('There is no such integration.').waitFor();
    forgive(404);
  });
});
