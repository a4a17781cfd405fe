import type { Page } from 'playwright-core';
import { api, newKey, open, settled, startConsole, titled, visit } from '../support/page';

startConsole();

/** One of everything that has a page. */
let places: readonly string[];
beforeAll(async () => {
  const { integrationId, expertId } = await api.newTalk();
  await api.say(integrationId, 'hello');
  const { id } = await api.answered(integrationId);
  const [person] = (await api.call('GET', 'people')).body.items;
  await api.make('alerts', { name: 'On call', channel: 'webhook', config: { url: 'http://127.0.0.1:9/' } });
  await api.make('spending-limits', { name: 'A day', measure: 'tokens', amount: 1000, period: 'day' });
  places = [
    ...['overview', 'conversations', `conversations/${id}`, 'conversations/unended'],
    ...['integrations', `integrations/${integrationId}`],
    ...['experts', `experts/${expertId}`, `experts/${expertId}/triggers`, `experts/${expertId}/versions`, `experts/${expertId}/versions/1`],
    ...['people', `people/${person!.id}`, 'usage', 'audit', 'settings', 'settings/alerts', 'settings/plugins'],
  ];
});

const buttons = (page: Page) => page.locator('main :is(button, a.ant-btn, .ant-switch):visible:not([target], [disabled])');

/** Says yes to whatever the button asks, and sends the form it opens. */
async function confirm(page: Page): Promise<void> {
  const yes = page.locator(':is(.ant-modal, .ant-popconfirm, .ant-drawer) .ant-btn-primary:visible:not([disabled])');
  const choice = page.locator('.ant-dropdown:visible [role=menuitem]');
  if (await yes.count()) await yes.first().click();
  else if (await choice.count()) await choice.first().click();
}

/** Presses every button of a page once, each on the page as it opens. Resolves with those that lead nowhere. */
async function pressAll(page: Page, path: string): Promise<readonly string[]> {
  const openAnew = async () => {
    const elsewhere = path.startsWith('settings') ? 'Overview' : 'Settings';
    await visit(page, elsewhere.toLowerCase());
    await titled(page, elsewhere);
    await visit(page, path);
    await page.getByRole('heading', { level: 1, name: elsewhere }).waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await settled(page);
  };
  await openAnew();
  const pressed = new Set<string>();
  const lost: string[] = [];
  for (let place = 0; place < (await buttons(page).count()); place++) {
    const button = buttons(page).nth(place);
    const name = (await button.getAttribute('aria-label')) ?? (await button.textContent()) ?? '';
    if (pressed.has(name)) continue;
    pressed.add(name);
    await button.click();
    await confirm(page);
    await page.locator('.ant-btn-loading:visible').first().waitFor({ state: 'hidden' });
    if (await page.getByText('There is no such page').count()) lost.push(`${path}: ${name}`);
    await openAnew();
  }
  return lost;
}

test.each(['operator', 'auditor'])('whoever is an %s finds no button that leads to a refusal', async (role) => {
  const { key } = await newKey(role);
  const refusals: string[] = [];
  const page = await open('overview', {}, key);
  page.on('response', (response) => {
    if (response.status() === 403) refusals.push(`${new URL(page.url()).hash}: ${response.request().method()} ${response.url()}`);
  });
  const readable = places.filter((path) => path !== 'audit' || role === 'auditor');
  const lost: string[] = [];
  for (const path of readable) lost.push(...(await pressAll(page, path)));
  expect({ refusals, lost }).toEqual({ refusals: [], lost: [] });
});
