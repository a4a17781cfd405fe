import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import { until } from '../support/api';
import {
  api,
  expectAccessible,
  expectFits,
  forgive,
  open,
  PHONE,
  picture,
  sayInSandbox,
  settled,
  stack,
  startConsole,
  takesPictures,
  titled,
  visit,
} from '../support/page';

/** Of a machine that has other things to do. */
const LOAD_MS = 8000;

startConsole();
let lark: LarkEmulator | undefined;
// Asked early: the answer takes its time.
beforeAll(() => sayInSandbox('Mei Tan', 'Look up which plan suits a team of three'));
afterAll(() => lark?.close());

/** Something to see on the overview. */
async function liven(): Promise<void> {
  lark = await startLarkEmulator();
  const { appId, appSecret } = lark.config;
  await api.make('integrations', { name: 'Help desk', channel: 'lark', config: { appId, appSecret, domain: lark.url } });
  const people = ['Lin Xia', 'Chen Mo', 'Mei Tan', 'Wang Lei'];
  for (const text of ['Look up which plan suits a team of three', 'echo: thank you'])
    for (const person of people) await sayInSandbox(person, text);
  await sayInSandbox('Ann Lee', 'count to 2000');
  await Promise.all(people.map(answered));
  await sayInSandbox('Ann Lee', '/stop');
  await answered('Ann Lee');
}

/** The session of a chat of the sandbox, once its newest turn has ended. */
const answered = (chat: string): Promise<string> =>
  until(async () => {
    const [found] = (await api.call('GET', `conversations?chat=${encodeURIComponent(chat)}&limit=1`)).body.items;
    if (!found) return undefined;
    const { turns } = (await api.call('GET', `conversations/${found.id}`)).body;
    return turns.length > 0 && turns.every(({ timings }) => timings.finishedAt) && found.id;
  });

describe('the console', () => {
  it('makes an expert with a trigger, tries it, publishes it and shows its versions', async () => {
    const { id: integrationId } = await api.newSandbox();
    const page = await open('experts/new');
    await page.getByRole('textbox', { name: 'Name' }).fill('Travel desk');
    await page.getByText('Echo (demo)').click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Create' }).click();
    await titled(page, 'Travel desk');
    await page.getByText('No trigger yet').waitFor();
    await page.getByRole('button', { name: 'Add a trigger' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a trigger' });
    await dialog.getByRole('combobox', { name: 'Integration' }).click();
    await page.locator('.ant-select-item-option').getByText('Test sandbox').click();
    await dialog.getByRole('button', { name: 'Add a trigger' }).click();

    const form = page.getByRole('dialog', { name: 'Trigger' });
    await form.getByRole('heading', { name: 'How talk becomes questions' }).waitFor();
    await form.getByRole('spinbutton', { name: 'A session ends after silence of' }).fill('30');
    await form.getByRole('switch', { name: 'There are quiet hours' }).click();
    await form.getByRole('combobox', { name: 'Time zone' }).waitFor();
    await form.getByRole('button', { name: 'Add groups' }).click();
    const own = form.getByRole('group', { name: 'Groups' });
    await own.getByRole('combobox', { name: /^\W*Groups/ }).fill('oc_oncall,');
    await own.getByRole('combobox', { name: 'Quiet hours' }).click();
    await page.locator('.ant-select-item-option').getByText('of their own').click();
    await own.getByLabel(/^From/).fill('12:00');
    await own.getByLabel(/^To\b/).fill('12:00');
    await expectAccessible(page);
    await form.getByRole('button', { name: 'Save' }).click();
    await own.getByText('must differ from quietHours.from').waitFor();
    forgive(422);
    await own.getByLabel(/^To\b/).fill('13:30');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. It counts with the next publish.').waitFor();

    await page.getByRole('link', { name: 'Try', exact: true }).click();
    await page.getByRole('textbox', { name: 'Question' }).fill('echo: tried before it counts');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.locator('.try-answer').getByText('tried before it counts').waitFor();

    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('This is the first version.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Version 1 answers').waitFor();
    await page.getByRole('link', { name: 'Versions' }).click();
    await page.getByRole('row', { name: /answers now/ }).waitFor();
    await expectAccessible(page);

    const expert = (await api.call('GET', 'experts')).body.items.find(({ name }) => name === 'Travel desk');
    const [trigger] = (await api.call('GET', `experts/${expert?.id}/triggers`)).body.items;
    expect(trigger).toMatchObject({
      ...{ integrationId, sessionTimeoutSeconds: 1800, quietHours: { from: '22:00', to: '07:00', notice: true } },
      groups: { overrides: [{ chats: ['oc_oncall'], quietHours: { from: '12:00', to: '13:30', notice: true } }] },
    });
  });

  it('shows a conversation as its chat saw it, and ends it', async () => {
    const id = await answered('Mei Tan');
    const page = await open('conversations');
    await page.getByRole('link', { name: 'Mei Tan' }).click();
    await titled(page, 'Conversation in Mei Tan');
    await page.getByRole('article', { name: 'Mei Tan' }).getByText('Look up which plan suits').waitFor();
    await page.getByRole('article', { name: 'Answer card, Answered' }).waitFor();
    await page.getByRole('img', { name: /Timeline of the turn: .*Answering/ }).waitFor();
    expect(await page.getByRole('link', { name: 'History in Temporal' }).getAttribute('href')).toMatch(/^http/);
    await expectAccessible(page);
    await picture(page, 'console-transcript');

    await page.getByRole('button', { name: 'Export' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /HTML/ }).click()]);
    expect(file.suggestedFilename()).toBe(`conversation-${id}.html`);
    await page.getByRole('button', { name: 'End the session' }).click();
    await page.getByRole('tooltip').or(page.locator('.ant-popconfirm')).getByRole('button', { name: 'End the session' }).click();
    await page.locator('.page-title .pill-ended').waitFor();

    await visit(page, 'conversations');
    await page.getByRole('textbox', { name: 'Words of a question or an answer' }).fill('team of three');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('row', { name: /Mei Tan/ }).waitFor();
    await page.getByRole('textbox', { name: 'Words of a question or an answer' }).fill('nothing like it');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('No conversation found').waitFor();
  });

  it('makes a key that is shown once, and keeps who did', async () => {
    const page = await open('settings/keys');
    await page.getByRole('textbox', { name: 'What it is for' }).fill('Dashboard');
    await page.getByRole('button', { name: 'New key' }).click();
    const key = await page.getByRole('dialog', { name: 'The key' }).locator('code').textContent();
    expect((await api.call('GET', 'session', undefined, key ?? '')).body).toMatchObject({ role: 'viewer' });
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
    await visit(page, 'audit');
    await page.getByRole('button', { name: 'Show: Key made' }).first().click();
    await page.getByRole('dialog', { name: 'Record' }).getByText('key.created').waitFor();
    await expectAccessible(page);
    expect(await page.getByRole('dialog', { name: 'Record' }).textContent()).not.toContain(key);
  });

  it('takes an API key where no session is given, and says so where it is refused', async () => {
    const page = await open('overview');
    await page.route('**/api/v1/session', (route) =>
      route.request().headers().authorization
        ? route.continue()
        : route.fulfill({ status: 401, json: { type: 'urn:parley:unauthenticated' } }),
    );
    await page.reload();
    await page.getByRole('textbox', { name: 'E-mail address' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('textbox', { name: 'E-mail address' }).fill('nobody@example.com');
    await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The address or the password is wrong.').waitFor();
    await page.getByRole('button', { name: 'Use an API key instead' }).click();
    await page.getByRole('textbox', { name: 'API key' }).fill(stack.stack.apiKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await titled(page, 'Overview');
    forgive(401);
  });

  it('speaks the language and wears the colours that one chooses', async () => {
    const page = await open('overview', { locale: 'zh-CN', colorScheme: 'dark' });
    await titled(page, '概览');
    await expectAccessible(page);
    await picture(page, 'console-dark');
    await page.getByRole('button', { name: 'Switch to English' }).click();
    await titled(page, 'Overview');
    await page.getByRole('button', { name: 'Light colours' }).click();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light');
    await page.reload();
    await titled(page, 'Overview');
    expect(await page.evaluate('[document.documentElement.lang, document.documentElement.dataset.theme]')).toEqual(['en', 'light']);
  });

  it('opens the organization that a link of an alert names, and stays there', async () => {
    const page = await open('overview');
    // Only who the page finds on this machine administers the tenant.
    const { id, own } = await page.evaluate<{ id: string; own: string }>(`(async () => {
      const asked = (path, more) => fetch('api/v1/' + path, { headers: { 'X-Parley-Console': '1', 'Content-Type': 'application/json' }, ...more });
      const own = (await (await asked('session')).json()).organization.id;
      return { own, id: (await (await asked('organizations', { method: 'POST', body: '{"name":"Plant 2"}' })).json()).id };
    })()`);
    await visit(page, `integrations?organization=${id}`);
    await page.locator('.organization-choice').getByText('Plant 2').waitFor();
    expect(new URL(page.url()).hash).toBe('#/integrations');
    await visit(page, `overview?organization=${own}`);
    await page.locator('.organization-choice').getByText('Demo').waitFor();
  });

  it('works by keyboard', async () => {
    const page = await open('overview');
    await titled(page, 'Overview');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.outerHTML')).toContain('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.outerHTML')).toMatch(/^<h1/);
    await page.getByRole('link', { name: 'Experts' }).focus();
    await page.keyboard.press('Enter');
    await titled(page, 'Experts');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Experts');
    expect(await page.title()).toBe('Experts · Parley');
  });
});

describe('every page', () => {
  const PAGES: readonly (readonly [path: string, title: string])[] = [
    ['overview', 'Overview'],
    ['conversations', 'Conversations'],
    ['integrations', 'Integrations'],
    ['experts', 'Experts'],
    ['people', 'People'],
    ['usage', 'Usage'],
    ['audit', 'Audit'],
    ['settings', 'Settings'],
    ['settings/members', 'Settings'],
    ['settings/keys', 'Settings'],
    ['settings/alerts', 'Settings'],
    ['settings/tenant', 'Settings'],
    ['settings/sign-on', 'Settings'],
  ];

  beforeAll(async () => {
    if (takesPictures) return liven();
    await sayInSandbox('Wang Lei', 'echo: hello');
    await answered('Wang Lei');
  });

  it.each(PAGES)('%s loads soon, and is accessible in both colours', async (path, title) => {
    const page = await open(path);
    await titled(page, title);
    await settled(page);
    expect(await page.evaluate('performance.now()')).toBeLessThan(LOAD_MS);
    await expectAccessible(page);
    if (path === 'overview') {
      await page.locator('.recharts-surface').first().waitFor();
      await picture(page, 'console-overview');
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator(':root[data-theme="dark"]').waitFor();
    await expectAccessible(page);
  });

  it('fits a phone, is accessible there, and leads to the others', async () => {
    const phone = await open('people', PHONE);
    for (const [path, title] of PAGES) {
      await phone.getByRole('button', { name: 'Show navigation' }).click();
      await phone.getByRole('dialog').getByRole('link', { name: title }).click();
      await phone.getByRole('dialog').waitFor({ state: 'hidden' });
      await titled(phone, title);
      if (path.includes('/')) {
        await visit(phone, path);
        await phone.locator(`main a[href="#/${path}"][aria-current]`).waitFor();
      }
      await settled(phone);
      await expectFits(phone);
      await expectAccessible(phone);
    }
  });
});
