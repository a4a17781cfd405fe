import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openStore } from '../../store';
import { api, expectAccessible, expectFits, newKey, open, PHONE, settled, stack, startConsole, titled, visit } from '../support/page';

startConsole();
/** Of somebody who administers the platform. */
let platform: string;
beforeAll(async () => {
  const secretKey = readFileSync(join(stack.dataDir, 'secret.key'), 'utf8').trim();
  const store = openStore({ databaseUrl: stack.stack.databaseUrl, secretKey });
  platform = await store.access.createKey('Platform', 'platform', undefined);
  await store.close();
});

const rowOf = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(name) });

describe('tenants', () => {
  it('are what an administrator of the platform sees first, made with a key that is shown once, and deleted', async () => {
    const page = await open('', {}, platform);
    await titled(page, 'Tenants');
    await rowOf(page, 'Demo').waitFor();
    await expectAccessible(page);
    await page.getByRole('textbox', { name: 'Name' }).fill('Acme');
    await page.getByRole('textbox', { name: /E-mail/ }).fill('ann@acme.example');
    await page.keyboard.press('Enter');
    const made = page.getByRole('dialog', { name: 'Acme is made' });
    await made.getByText('Hand it over yourself').waitFor();
    const [key, organizationId, link] = await made.locator('code').allTextContents();
    expect((await api.call('GET', 'session', undefined, key)).body).toMatchObject({ role: 'admin', organization: { id: organizationId } });
    expect(link).toMatch(/^http.*#\/link\//);
    await expectAccessible(page);
    await made.getByRole('button', { name: 'Close', exact: true }).last().click();
    await made.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Delete: Acme' }).click();
    const question = page.getByRole('dialog', { name: /Delete "Acme"/ });
    await question.getByText('All of its organizations').waitFor();
    const go = question.getByRole('button', { name: 'Delete it for good' });
    await question.getByRole('textbox', { name: /Type "Acme"/ }).fill('Demo');
    expect(await go.isDisabled()).toBe(true);
    await question.getByRole('textbox', { name: /Type "Acme"/ }).fill('Acme');
    await expectAccessible(page);
    await go.click();
    await page.getByText(/Acme is deleted, \d+ rows/).waitFor();
    await rowOf(page, 'Acme').waitFor({ state: 'detached' });
    expect((await api.call('GET', 'session', undefined, key)).status).toBe(401);

    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('button', { name: 'Show: Tenant deleted' }).click();
    await page.getByRole('dialog', { name: 'Record' }).getByText('tenant.deleted').waitFor();
    await page
      .getByRole('dialog', { name: 'Record' })
      .getByText(/^Acme · /)
      .click();
    // That it was made went with it; what is left of it is that it was deleted.
    await page.waitForURL(/#\/audit\?target=/);
    await page.getByRole('button', { name: 'Show: Tenant deleted' }).waitFor();
    expect(await page.getByRole('button', { name: /^Show: / }).count()).toBe(1);
  });

  it.each([
    ['in Chinese, in the dark', { locale: 'zh-CN', colorScheme: 'dark' }, '租户'],
    ['on a phone', PHONE, 'Tenants'],
  ] as const)('are accessible %s', async (_, options, title) => {
    const page = await open('tenants', options, platform);
    await titled(page, title);
    await settled(page);
    await expectFits(page);
    await expectAccessible(page);
    await page.getByRole('button', { name: /Demo$/ }).click();
    await page.getByRole('dialog').getByRole('textbox').waitFor();
    await expectFits(page);
    await expectAccessible(page);
  });
});

describe('organizations', () => {
  it('are made, renamed and deleted by an administrator of the tenant, by keyboard', async () => {
    const page = await open('settings/tenant');
    await page.getByRole('textbox', { name: 'New organization' }).fill('Plant 7');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Rename: Plant 7' }).focus();
    await page.keyboard.press('Enter');
    const name = page.getByRole('dialog', { name: 'Rename: Plant 7' }).getByRole('textbox', { name: 'Name' });
    await name.fill('Plant 8');
    await page.keyboard.press('Enter');
    await page.locator('.organization-choice').click();
    await page.locator('.ant-select-item-option', { hasText: 'Plant 8' }).waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Delete: Plant 8' }).focus();
    await page.keyboard.press('Enter');
    const question = page.getByRole('dialog', { name: /Delete "Plant 8"/ });
    await question.getByText('accounts stay').waitFor();
    await question.getByRole('textbox').fill('Plant 8');
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await page.getByText(/Plant 8 is deleted, \d+ rows/).waitFor();
    await rowOf(page, 'Plant 8').waitFor({ state: 'detached' });
  });
});

describe('the audit', () => {
  it('is searched by who and by what, in an address that can be handed on', async () => {
    const { id, key } = await newKey('admin');
    const made = (await api.call('POST', 'integrations', { name: 'Audited desk', channel: 'sandbox' }, key)).body;
    const page = await open('audit');
    const choose = async (label: string, typed: string) => {
      await page.getByRole('combobox', { name: label, exact: true }).fill(typed);
      await page.locator('.ant-select-dropdown:visible .ant-select-item-option').first().waitFor();
      await page.keyboard.press('Enter');
    };
    await choose('On what', 'Audited');
    await page.waitForURL((url) => url.hash === `#/audit?target=${made.id}`);
    await rowOf(page, 'integration Audited desk').waitFor();
    expect(await page.getByRole('table', { name: 'Audit' }).getByRole('row').count()).toBe(2);
    await choose('Who', id);
    await page.waitForURL((url) => url.hash === `#/audit?actor=${id}&target=${made.id}`);
    await page.reload();
    await rowOf(page, 'integration Audited desk').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.waitForURL((url) => url.hash === '#/audit');
    await choose('On what', '00000000-0000-4000-8000-000000000000');
    await page.getByText('Nothing recorded for these filters').waitFor();
  });

  it('tells which words were looked for, what was exported, and where', async () => {
    const { key } = await newKey('auditor');
    await api.call('GET', 'conversations?q=planted%20words', undefined, key);
    await api.call('GET', 'exports/conversations?state=open&format=csv', undefined, key);
    const page = await open('audit');
    const record = page.getByRole('dialog', { name: 'Record' });
    await page.getByRole('button', { name: 'Show: Transcripts searched' }).first().click();
    await record.getByText('planted words').waitFor();
    await record.getByText(/^Demo · /).waitFor();
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator(':root[data-theme="dark"]').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await record.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Show: Transcript exported' }).first().click();
    await record.getByText('state: open · format: csv').waitFor();
  });

  it('is linked from what it is about', async () => {
    const { integrationId, expertId } = await api.newTalk();
    await api.say(integrationId, 'hello');
    const { id } = await api.answered(integrationId);
    const page = await open(`conversations/${id}`);
    for (const path of [`conversations/${id}`, `integrations/${integrationId}`, `experts/${expertId}`]) {
      await visit(page, path);
      await page.getByRole('link', { name: 'Audit of this' }).click();
      await page.waitForURL((url) => url.hash === `#/audit?target=${path.split('/')[1]}`);
      await page
        .getByRole('button', { name: /^Show: / })
        .first()
        .waitFor();
    }
  });
});
