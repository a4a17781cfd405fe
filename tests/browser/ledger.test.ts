import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { until } from '../support/api';
import {
  api,
  expectAccessible,
  expectFits,
  forgive,
  open,
  PHONE,
  sayInSandbox,
  settled,
  startConsole,
  titled,
  visit,
} from '../support/page';
import { type RefusingApi, startRefusingApi } from '../support/refusing-api';

startConsole();
let refusing: RefusingApi;
beforeAll(async () => {
  refusing = await startRefusingApi();
});
afterAll(() => refusing?.close());

/** A question whose answer failed, and the number on its card. */
async function failed() {
  const { integrationId } = await api.newTalk({ backend: 'openai', config: { baseUrl: `${refusing.url}/v1`, model: 'm', apiKey: 'k' } });
  await api.say(integrationId, 'hello');
  const { id, turns } = await api.answered(integrationId);
  return { id, integrationId, reference: turns[0]!.error.reference };
}

const mapped = (name: string): Promise<string> =>
  until(async () => {
    const [found] = (await api.call('GET', `people?q=${encodeURIComponent(name)}`)).body.items;
    return found?.state === 'mapped' && found.id;
  });

const inLooks = [
  ['in English', {}],
  ['in Chinese, in the dark', { locale: 'zh-CN', colorScheme: 'dark' }],
  ['on a phone', PHONE],
] as const;

async function expectFine(page: Page): Promise<void> {
  await settled(page);
  await expectFits(page);
  await expectAccessible(page);
}

describe('a reference number', () => {
  it('leads from the card to what it stands for, and to the conversation', async () => {
    const { id, reference } = await failed();
    const page = await open('conversations');
    const box = page.getByRole('textbox', { name: 'Reference number' });
    await box.fill(` ${reference} `);
    await page.keyboard.press('Enter');
    await titled(page, `Reference number ${reference}`);
    await page.getByText('bad_credentials').waitFor();
    await page.getByRole('link', { name: 'To the conversation' }).click();
    await page.waitForURL((url) => url.hash === `#/conversations/${id}`);
    await page.getByRole('link', { name: reference }).click();
    await titled(page, `Reference number ${reference}`);

    await box.fill('no such/number?');
    await page.getByRole('button', { name: 'Look it up' }).click();
    await page.getByText('No failed answer has this number').waitFor();
    forgive(404);
  });

  it.each(inLooks)('is looked up %s', async (_, options) => {
    const { reference } = await failed();
    const page = await open(`conversations/references/${reference}`, options);
    await page.getByText('bad_credentials').waitFor();
    await expectFine(page);
  });
});

describe('messages without an end', () => {
  it('are told of until they have one', async () => {
    const page = await open('overview');
    await page.getByRole('link', { name: 'Messages without an end' }).click();
    await titled(page, 'Messages without an end');
    await page.getByText('All is well').waitFor();
    const { integrationId } = await api.newTalk({ backend: 'echo', config: { chunkMs: 200, chunkChars: 4 } });
    await api.say(integrationId, 'count to 2000');
    const row = page.getByRole('row', { name: /Message c Test sandbox being worked on/ });
    await row.waitFor();
    await expectAccessible(page);
    await row.getByRole('link', { name: 'c', exact: true }).click();
    await titled(page, 'Conversation in c');
    await page.getByRole('button', { name: 'Stop the answer' }).click();
    await visit(page, 'conversations/unended');
    await page.getByText('All is well').waitFor();
  });

  it.each(inLooks)('are told of %s', async (_, options) => {
    const page = await open('conversations/unended', options);
    await page.getByText(/All is well|一切正常/).waitFor();
    await expectFine(page);
  });
});

describe('the list of conversations', () => {
  beforeAll(async () => {
    for (const name of ['Bo Berg', 'Cy Cole']) await sayInSandbox(name, `echo: I am ${name}`);
  });

  it('is narrowed to a person or a user who was searched for', async () => {
    const [id] = [await mapped('Bo Berg'), await mapped('Cy Cole')];
    const page = await open('conversations');
    await page.getByRole('row', { name: /Cy Cole/ }).waitFor();
    await page.getByRole('combobox', { name: 'Person' }).fill('Berg');
    await page.locator('.ant-select-item-option', { hasText: 'Bo Berg' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: /Cy Cole/ }).waitFor({ state: 'detached' });
    expect(new URL(page.url()).hash).toBe(`#/conversations?personId=${id}`);
    await page.getByRole('row', { name: /Bo Berg/ }).waitFor();
    await page.reload();
    await page.getByTitle(/^Bo Berg · /).waitFor();
    await expectAccessible(page);

    await page.getByRole('link', { name: 'Clear' }).click();
    await page.getByRole('row', { name: /Bo Berg/ }).waitFor();
    await page.getByRole('combobox', { name: 'User' }).fill('Cole');
    await page.locator('.ant-select-item-option', { hasText: 'Cy Cole' }).click();
    await page.getByRole('row', { name: /Bo Berg/ }).waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /Cy Cole/ }).waitFor();
    expect(new URL(page.url()).hash).toMatch(/^#\/conversations\?userId=/);
  });

  it('is exported with its filters', async () => {
    const id = await mapped('Bo Berg');
    const page = await open(`conversations?personId=${id}`);
    const text = await exported(page);
    expect(text).toContain('I am Bo Berg');
    expect(text).not.toContain('I am Cy Cole');
  });

  it('wants a reason for export and search where the tenant does', async () => {
    await mapped('Bo Berg');
    const page = await open('settings/tenant');
    await needReason(page, true);
    try {
      await visit(page, 'conversations');
      await page.reload();
      await page.getByRole('combobox', { name: 'Person' }).fill('Berg');
      await page.locator('.ant-select-item-option', { hasText: 'Bo Berg' }).click();
      const asked = page.getByRole('dialog', { name: 'Why do you read this?' });
      const file = exported(page);
      await asked.getByRole('textbox', { name: 'Reason' }).fill('Complaint 17');
      await expectAccessible(page);
      await page.keyboard.press('Enter');
      expect(await file).toContain('I am Bo Berg');
      const [record] = (await api.call('GET', 'audit?action=transcript.exported&limit=1')).body.items;
      expect(record).toMatchObject({ context: { reason: 'Complaint 17', export: { format: 'jsonl' } } });
    } finally {
      await needReason(page, false);
    }
  });
});

async function exported(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /For programs/ }).click()]);
  expect(file.suggestedFilename()).toMatch(/^conversations-\d{4}-\d\d-\d\d\.jsonl$/);
  return readFile(await file.path(), 'utf8');
}

/** Only who the page finds on this machine administers the tenant. */
async function needReason(page: Page, contentNeedsReason: boolean): Promise<void> {
  await page.evaluate(`fetch('api/v1/tenant', {
    method: 'PATCH', headers: { 'X-Parley-Console': '1', 'Content-Type': 'application/json' }, body: '${JSON.stringify({ contentNeedsReason })}',
  })`);
}
