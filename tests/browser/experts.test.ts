import { randomBytes } from 'node:crypto';
import { openStore } from '../../store';
import { loseKey } from '../support/lost-key';
import { api, expectAccessible, expectFits, newKey, open, PHONE, settled, stack, startConsole, titled, visit } from '../support/page';

startConsole();

/** An expert with three versions; the second differs from the others. */
async function published(): Promise<{ readonly expertId: string }> {
  const { expertId, triggerId } = await api.newTalk();
  await api.call('PATCH', `experts/${expertId}`, { config: { chunkMs: 7 } });
  await api.call('PATCH', `experts/${expertId}/triggers/${triggerId}`, { onBusy: 'interrupt' });
  await api.call('POST', `experts/${expertId}/publish`);
  await api.call('POST', `experts/${expertId}/rollback`, { version: 1 });
  return { expertId };
}

test('a draft whose settings cannot be read says what to do, until they are entered again', async () => {
  const { id } = await api.make('experts', { name: 'Sealed', backend: 'openai', config: { model: 'large', apiKey: 'planted' } });
  const store = openStore({ databaseUrl: stack.stack.databaseUrl, secretKey: randomBytes(32).toString('base64'), maxConnections: 1 });
  await loseKey({ store }, 'experts', id);
  await store.close();
  const page = await open(`experts/${id}`);
  const warning = page.getByRole('alert').filter({ hasText: 'The settings below cannot be read' });
  await warning.getByText('PARLEY_SECRET_KEY').waitFor();
  await expectAccessible(page);
  await page.getByRole('textbox', { name: 'Model' }).fill('large');
  await page.getByRole('button', { name: 'Save' }).click();
  await warning.waitFor({ state: 'detached' });
});

describe('versions of an expert', () => {
  it('show what they hold and how they differ', async () => {
    const { expertId } = await published();
    const page = await open(`experts/${expertId}/versions`);
    await page.getByRole('link', { name: 'Version 2', exact: true }).click();
    const held = page.getByRole('heading', { level: 2, name: 'Version 2' }).locator('xpath=ancestor::section');
    await held.locator('dt', { hasText: 'chunkMs' }).locator('xpath=following-sibling::dd').getByText('7', { exact: true }).waitFor();
    await held.getByText('Trigger on Test sandbox').click();
    await held.locator('dt', { hasText: 'onBusy' }).waitFor();

    const different = page.getByRole('table', { name: 'Compared with' });
    await page.getByText('What changes from Version 1 to Version 2').waitFor();
    await different.getByRole('row', { name: 'config.chunkMs 0 7' }).waitFor();
    await different.getByRole('row', { name: /onBusy queue interrupt/ }).waitFor();
    await expectAccessible(page);
    await page.getByRole('combobox', { name: 'Compared with' }).click();
    await page.locator('.ant-select-item-option', { hasText: 'Version 3' }).click();
    await different.getByRole('row', { name: 'config.chunkMs 7 0' }).waitFor();
    await page.getByRole('link', { name: 'All versions' }).click();
    await page.getByRole('row', { name: /Version 3 answers now/ }).waitFor();
  });

  it('go back only after a look at what that changes', async () => {
    const { expertId } = await published();
    const page = await open(`experts/${expertId}/versions`);
    await page.getByRole('button', { name: 'Publish again: 2' }).click();
    const question = page.getByRole('dialog', { name: /content of version 2/ });
    await question.getByRole('row', { name: 'config.chunkMs 0 7' }).waitFor();
    await expectAccessible(page);
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Publish again: 1' }).click();
    await page.getByRole('dialog').getByText('Nothing differs from the published version.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

    await page.getByRole('button', { name: 'Publish again: 2' }).click();
    await question.getByRole('button', { name: 'Publish again' }).click();
    await page.getByText('Version 4 is published').waitFor();
    await page.getByRole('row', { name: /Version 4 answers now/ }).waitFor();
  });

  it.each([
    ['in Chinese, in the dark', { locale: 'zh-CN', colorScheme: 'dark' }],
    ['on a phone', PHONE],
  ] as const)('are accessible %s', async (_, options) => {
    const { expertId } = await published();
    const page = await open(`experts/${expertId}/versions/2`, options);
    await page.getByRole('table').waitFor();
    await settled(page);
    await page.locator('summary').click();
    await expectFits(page);
    await expectAccessible(page);
  });
});

describe('pausing an expert', () => {
  it('is for operators too', async () => {
    const { expertId } = await api.newTalk();
    const { key } = await newKey('operator');
    const page = await open(`experts/${expertId}`, {}, key);
    await titled(page, 'Test expert');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog', { name: 'Pause the expert' }).getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('It answers again').waitFor();
    await visit(page, `experts/${expertId}/versions/1`);
    await page.getByRole('heading', { level: 2, name: 'Version 1' }).waitFor();
    expect(await page.getByRole('button', { name: /Publish/ }).count()).toBe(0);
  });
});
