import { until } from '../support/api';
import { api, expectAccessible, expectFits, forgive, newKey, open, PHONE, settled, titled, visit } from '../support/page';
import { choose, hookUrl, integrations, saved, section } from './settings.scene';

const PASSPHRASE = 'a passphrase for the move';

describe('plugins', () => {
  it('says in the wizard why a platform cannot be chosen, and how it can', async () => {
    const page = await open('integrations/new');
    const outbox = page.getByRole('radio', { name: /Outbox \(Acme\)/ });
    expect(await outbox.isDisabled()).toBe(true);
    await page.getByText('not installed in this tenant').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Install platforms: Settings, Plugins' }).click();

    await section(page, 'Channels');
    const row = page.getByRole('row', { name: /Outbox/ });
    await row.getByText('./examples/outbox-channel').waitFor();
    await page.getByRole('table', { name: 'AI backends' }).getByText('./examples/faq-backend').waitFor();
    await row.getByRole('switch', { name: 'Outbox (Acme), for the whole tenant' }).click();
    await row.getByText('Yes', { exact: true }).waitFor();

    await page.getByRole('link', { name: 'Integrations' }).click();
    await page.getByRole('link', { name: 'New integration' }).click();
    await outbox.click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('textbox', { name: 'Where answers are posted' }).waitFor();
  });

  it('shows what hangs on a channel before it is uninstalled, for the organization or the tenant', async () => {
    const config = { url: hookUrl, secret: 'a secret of both sides' };
    await api.make('integrations', { name: 'Post room', channel: 'acme-outbox', config });
    const page = await open('settings/plugins');
    const row = page.getByRole('row', { name: /Outbox/ });
    const choose = async (option: string) => {
      await row.getByRole('combobox', { name: 'Outbox (Acme), for this organization' }).click();
      await page.locator('.ant-select-item-option').getByText(option, { exact: true }).click();
    };
    await choose('Not here');
    const question = page.getByRole('dialog', { name: 'Uninstall Outbox (Acme) for Demo?' });
    await question.getByRole('link', { name: 'Post room' }).waitFor();
    await expectAccessible(page);
    await question.getByRole('button', { name: 'Cancel' }).click();
    await row.getByText('As the tenant').waitFor();

    await choose('Not here');
    await question.getByRole('button', { name: 'Uninstall' }).click();
    await row.getByText('switched off for this organization').waitFor();
    expect((await integrations()).map(({ name }) => name)).toContain('Post room');
    await choose('As the tenant');
    await row.getByText('Yes', { exact: true }).waitFor();

    await page.getByRole('button', { name: 'Where DingTalk is used' }).click();
    await page.getByRole('dialog', { name: 'Where DingTalk is used' }).getByText('no integration').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await row.getByRole('switch').click();
    const forAll = page.getByRole('dialog', { name: 'Uninstall Outbox (Acme) for the whole tenant?' });
    await forAll.getByText('Post room').waitFor();
    await forAll.getByRole('button', { name: 'Uninstall' }).click();
    await row.getByText('not installed in this tenant').waitFor();
    expect((await api.call('GET', 'plugins/acme-outbox')).body).toMatchObject({ tenant: null, organization: null });
  });

  it('can be read by everybody else, who are told whom to ask', async () => {
    const page = await open('settings/plugins', {}, (await newKey('viewer')).key);
    await page.getByText(/A tenant administrator decides/).waitFor();
    await page.getByRole('row', { name: /Lark/ }).getByText('Installed').waitFor();
    expect(await page.getByRole('switch').or(page.getByRole('combobox')).count()).toBe(0);
    await expectAccessible(page);
    expect(await page.getByRole('link', { name: 'Configuration' }).count()).toBe(0);
    await visit(page, 'settings/configuration');
    await section(page, 'Who you are here');
  });
});

describe('the configuration', () => {
  it('is downloaded, and changes nothing where it came from', async () => {
    const page = await open('settings/configuration');
    const { name, text } = await saved(page);
    expect(name).toMatch(/^parley-Demo-\d{4}-\d\d-\d\d\.json$/);
    expect(JSON.parse(text)).toMatchObject({ format: 'parley/configuration', secrets: null });
    await choose(page, name, text);
    await page.getByText('The file changes nothing').waitFor();
    await expectAccessible(page);
  });

  it('shows what an import would change, asks, and does it', async () => {
    const page = await open('settings/configuration');
    const { text } = await saved(page);
    const file = JSON.parse(text);
    file.integrations[0].enabled = false;
    file.experts.push({ name: 'From a file', backend: 'echo' });
    const name = file.integrations[0].name;
    await choose(page, 'changed.json', JSON.stringify(file, null, 2));
    await page.getByRole('row', { name: new RegExp(`Integration "${name}" Line \\d+ changes enabled`) }).waitFor();
    await page.getByRole('row', { name: /Expert "From a file" Line \d+ new/ }).waitFor();
    await expectAccessible(page);
    expect((await api.call('GET', 'experts')).body.items.map((one) => one.name)).not.toContain('From a file');

    await page.getByRole('button', { name: 'Import …' }).click();
    const question = page.getByRole('dialog', { name: 'Change Demo?' });
    await question.getByText('1 changed').waitFor();
    await expectAccessible(page);
    await question.getByRole('button', { name: 'Import now' }).click();
    await page.getByText('2 things were changed:').waitFor();
    await expectAccessible(page);
    expect((await api.call('GET', 'experts')).body.items.map((one) => one.name)).toContain('From a file');
    expect(await integrations()).toContainEqual(expect.objectContaining({ name, enabled: false }));
  });

  it('says on which line a file does not fit', async () => {
    const page = await open('settings/configuration');
    const { text } = await saved(page);
    const file = JSON.parse(text);
    file.experts[0].backend = 'oracle';
    const lines = JSON.stringify(file, null, 2);
    await choose(page, 'unfit.json', lines);
    const line = lines.split('\n').findIndex((one) => one.includes('oracle')) + 1;
    await page.getByText('The file does not fit in one place').first().waitFor();
    await page.getByRole('row', { name: new RegExp(`Expert "${file.experts[0].name}" Line ${line} · backend is not one of`) }).waitFor();
    await expectAccessible(page);
    expect(await page.getByRole('button', { name: 'Import …' }).count()).toBe(0);
    await choose(page, 'broken.json', '{\n  "format" 1\n}');
    await page.getByText('This file is not JSON: see line 2, column 12.').waitFor();
    forgive(422);
  });

  it('keeps secrets behind a passphrase', async () => {
    const page = await open('settings/configuration');
    await page.getByRole('checkbox', { name: 'With the secrets, sealed by a passphrase' }).click();
    await page.getByRole('textbox', { name: 'Passphrase' }).fill('short');
    await page.getByRole('button', { name: 'Download the file' }).click();
    await page.locator('.ant-form-item-explain-error').waitFor();
    await expectAccessible(page);
    await page.getByRole('textbox', { name: 'Passphrase' }).fill(PASSPHRASE);
    const { text } = await saved(page);
    expect(JSON.parse(text).secrets).toMatchObject({ kdf: 'scrypt' });
    await page.getByRole('checkbox', { name: 'With the secrets, sealed by a passphrase' }).click();

    await choose(page, 'sealed.json', text);
    const passphrase = page.getByRole('textbox', { name: 'Passphrase' });
    await passphrase.fill('some other passphrase');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('does not open the secrets of this file').waitFor();
    await passphrase.fill(PASSPHRASE);
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('The file changes nothing').waitFor();
    forgive(422);
  });
});

describe('alerts', () => {
  it('list what was sent and what was not, with the reason', async () => {
    const page = await open('settings/alerts');
    await page.getByText('No message yet').waitFor();
    await expectAccessible(page);
    await api.make('alerts', { name: 'On call', channel: 'webhook', config: { url: `${hookUrl}/fine` } });
    await api.make('alerts', { name: 'Night shift', channel: 'webhook', config: { url: `${hookUrl}/broken` } });
    await page.getByRole('button', { name: 'Test: On call' }).click();
    await page.getByText('The test message is out').waitFor();
    await page.getByRole('button', { name: 'Test: Night shift' }).click();
    const sent = page.getByRole('table', { name: 'Messages sent' });
    await sent.getByRole('row', { name: /A test On call Webhook · 127.0.0.1:\d+ Sent/ }).waitFor();
    const failed = sent.getByRole('row', { name: /A test Night shift .* Failed The address answered with HTTP 503/ });
    await failed.waitFor();
    await expectAccessible(page);
    await page.locator('.ant-radio-button-wrapper').getByText('Failed').click();
    await sent.getByRole('row', { name: /On call/ }).waitFor({ state: 'detached' });
    await failed.waitFor();
    await page.locator('.ant-radio-button-wrapper').getByText('Waiting').click();
    await page.getByText('No message stands like that').waitFor();
  });

  it('lead to the page of what they are about', async () => {
    const config = { appId: 'cli_0123456789abcdef', appSecret: 'no secret', domain: hookUrl };
    const { id } = await api.make('integrations', { name: 'Nobody answers', channel: 'lark', config });
    const rule = await api.make('alerts', { name: 'Quick', channel: 'webhook', config: { url: hookUrl }, downAfterSeconds: 10 });
    const talk = await api.newTalk();
    await api.say(talk.integrationId, 'hello');
    const session = await api.answered(talk.integrationId);
    const conversation = await open(`conversations/${session.id}`);
    await titled(conversation, /^Conversation in/);
    await conversation.getByText('hello').first().waitFor();

    await until(async () => (await api.call('GET', `alerts/${rule.id}/deliveries`)).body.items.length > 0, 60_000);
    const page = await open('settings/alerts');
    await page.getByRole('table', { name: 'Messages sent' }).getByRole('link', { name: 'Nobody answers' }).first().click();
    await titled(page, 'Nobody answers');
    const straight = await open(`integrations/${id}`);
    await titled(straight, 'Nobody answers');
  });
});

describe('their tabs', () => {
  const TABS = [
    ['plugins', 'Channels', '通道'],
    ['configuration', 'Import', '导入'],
    ['alerts', 'Messages sent', '已发送的消息'],
  ] as const;

  it.each([
    ['in English', {}, 1],
    ['in Chinese, in the dark', { colorScheme: 'dark', locale: 'zh-CN' }, 2],
    ['on a phone', PHONE, 1],
  ] as const)('are accessible %s', async (_, options, title) => {
    const page = await open('settings', options);
    for (const tab of TABS) {
      await visit(page, `settings/${tab[0]}`);
      await section(page, tab[title]);
      await settled(page);
      await expectFits(page);
      await expectAccessible(page);
    }
  });

  it('are reached by keyboard', async () => {
    const page = await open('settings');
    await titled(page, 'Settings');
    for (const [tab, title] of TABS) {
      const link = page.getByRole('navigation', { name: 'Settings' }).locator(`a[href="#/settings/${tab}"]`);
      await link.focus();
      await page.keyboard.press('Enter');
      await section(page, title);
      expect(await link.getAttribute('aria-current')).toBe('true');
    }
  });
});
