import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { chromiumFlags, findChromium } from '../support/chromium';
import { startStack } from '../support/stack';

jest.setTimeout(180_000);

const SCREENSHOT = resolve(__dirname, '../../docs/images/sandbox.png');
const WAIT_MS = 20_000;

let stack: Awaited<ReturnType<typeof startStack>>;
let browser: Browser;
/** What the open pages complained about: errors, and whatever the content security policy refused. */
let complaints: string[] = [];

beforeAll(async () => {
  const executablePath = findChromium();
  stack = await startStack();
  browser = await chromium.launch({ executablePath, args: [...chromiumFlags] });
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});
beforeEach(() => {
  complaints = [];
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  expect(complaints).toEqual([]);
});

async function openConsole(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', colorScheme: 'light', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(line.text());
  });
  await page.goto(stack.stack.consoleUrl);
  await page
    .getByRole('textbox', { name: 'Message' })
    .or(page.getByRole('textbox', { name: '消息' }))
    .waitFor();
  return page;
}

let made = 0;
/** Each test talks in a chat of its own, made the way a person makes one. */
async function newChat(page: Page, kind: 'Private chat' | 'Group' = 'Private chat'): Promise<void> {
  made += 1;
  const name = `Planning desk ${made}`;
  await page.getByRole('button', { name: 'New chat' }).click();
  const dialog = page.getByRole('dialog', { name: 'New chat' });
  await dialog.getByText(kind, { exact: true }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}

const cards = (page: Page): Locator => page.locator('[data-reply-id]');
const cardIn = (page: Page, state: string): Locator => page.locator(`[data-reply-id][data-state="${state}"]`);

/** Every state that the page's cards showed, in order and without repetition; watched inside the page, so that none is missed. */
async function watchStates(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(`(() => {
    window.statesSeen = [];
    const look = () => document.querySelectorAll('[data-reply-id]').forEach((card) => {
      const seen = card.dataset.replyId + ' ' + card.dataset.state;
      if (!window.statesSeen.includes(seen)) window.statesSeen.push(seen);
    });
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
  })()`);
  return async () => (await page.evaluate<string[]>('window.statesSeen')).map((seen) => seen.split(' ')[1]!);
}

async function expectAccessible(page: Page): Promise<void> {
  // Entering elements are still half transparent.
  await page.evaluate(`Promise.all(
    document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => 0)),
  ).then(() => undefined)`);
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
}

describe('the sandbox', () => {
  it('shows one card that thinks, grows and is finished, and what happens inside', async () => {
    const page = await openConsole();
    await newChat(page);
    const states = await watchStates(page);
    await say(page, 'Which plan suits a team of three?');
    await page.getByRole('article', { name: 'Lin Xia' }).getByText('Which plan suits a team of three?').waitFor();
    await cardIn(page, 'done').waitFor();
    // A page sees what stands in the chat when it reads: an expert that speaks at once may be through with thinking by then.
    expect((await states()).filter((state) => state !== 'thinking')).toEqual(['streaming', 'done']);
    expect((await states()).indexOf('thinking')).toBeLessThan(1);
    expect(await cards(page).count()).toBe(1);
    expect(await cards(page).textContent()).toMatch(/AI generated · \d+\.\d s/);

    const inside = page.getByRole('complementary', { name: 'What happens inside' });
    await inside.getByText('Done').waitFor();
    expect(await inside.getByRole('link', { name: 'Open in Temporal' }).getAttribute('href')).toMatch(/^http/);
    await page.getByText('Connected', { exact: true }).waitFor();
    await expectAccessible(page);
    if (process.env.UPDATE_SCREENSHOTS === '1') {
      mkdirSync(resolve(SCREENSHOT, '..'), { recursive: true });
      await page.screenshot({ path: SCREENSHOT });
    }
  });

  it('shows the same chat again after the page was loaded anew', async () => {
    const page = await openConsole();
    await newChat(page);
    await say(page, 'echo: kept for later');
    await cardIn(page, 'done').waitFor();
    await page.reload();
    await cardIn(page, 'done').getByText('kept for later').waitFor();
    expect(await cards(page).count()).toBe(1);
    await page.getByRole('article', { name: 'Lin Xia' }).getByText('echo: kept for later').waitFor();
  });

  it('stops an answer by its button and keeps what was written', async () => {
    const page = await openConsole();
    await newChat(page);
    await say(page, 'count to 2000');
    await cardIn(page, 'streaming').locator('.markdown').waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await cardIn(page, 'stopped').waitFor();
    expect(await cards(page).locator('.markdown').textContent()).toMatch(/^1/);
    expect(await page.getByRole('button', { name: 'Stop', exact: true }).count()).toBe(0);
  });

  it('queues what is said meanwhile in one card, which becomes the answer', async () => {
    const page = await openConsole();
    await newChat(page);
    await say(page, 'count to 2000');
    await cardIn(page, 'streaming').waitFor();
    await say(page, 'echo: second answer');
    const queued = cardIn(page, 'queued');
    await queued.getByText('Next in line').waitFor();
    const replyId = await queued.getAttribute('data-reply-id');
    await expectAccessible(page);
    await page.getByRole('button', { name: '/stop' }).click();
    const second = page.locator(`[data-reply-id="${replyId}"]`);
    await second.and(cardIn(page, 'done')).waitFor();
    expect(await second.textContent()).toContain('second answer');
    expect(await cards(page).count()).toBe(2);
  });

  it('answers a command with a plain message', async () => {
    const page = await openConsole();
    await newChat(page);
    await page.getByRole('button', { name: '/help' }).click();
    await page.getByRole('article', { name: 'Parley' }).getByText('/stop').first().waitFor();
    expect(await cards(page).count()).toBe(0);
  });

  it('answers in a group when it is mentioned, and only then', async () => {
    const page = await openConsole();
    await newChat(page, 'Group');
    await page.getByRole('switch', { name: 'Mention the bot' }).click();
    await say(page, 'echo: among ourselves');
    await page.getByRole('article', { name: 'Lin Xia' }).getByText('among ourselves').waitFor();

    await page.getByRole('combobox', { name: 'Who speaks' }).click();
    await page.locator('.ant-select-item-option').getByText('Chen Mo').click();
    await say(page, 'And you, @Parley');
    await page.getByRole('article', { name: 'Chen Mo' }).getByText('@Parley').waitFor();
    await cardIn(page, 'done').waitFor();
    expect(await cards(page).count()).toBe(1);
    expect(await cards(page).textContent()).not.toContain('among ourselves');
    await expectAccessible(page);
  });

  it('says that a message was not sent, and sends it once when asked again', async () => {
    const page = await openConsole();
    await newChat(page);
    await page.route('**/sandbox/*/messages', (route) => route.abort());
    await say(page, 'echo: at last');
    await page.getByText('Not sent').waitFor();
    await page.unroute('**/sandbox/*/messages');
    await page.getByRole('button', { name: 'Try again' }).click();
    await cardIn(page, 'done').getByText('at last').waitFor();
    expect(await page.getByRole('article', { name: 'Lin Xia' }).count()).toBe(1);
    complaints = complaints.filter((line) => !line.includes('net::ERR_FAILED'));
  });

  it('speaks the language of the browser, and the other one when asked', async () => {
    const page = await openConsole({ locale: 'zh-CN', colorScheme: 'dark' });
    await page.getByRole('heading', { name: '内部过程' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Switch to English' }).click();
    await page.getByRole('heading', { name: 'What happens inside' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  });

  it('follows the colours of the system, and keeps a choice', async () => {
    const page = await openConsole({ colorScheme: 'dark' });
    const colours = () => page.evaluate('document.documentElement.dataset.theme');
    expect(await colours()).toBe('dark');
    await page.getByRole('button', { name: 'Light colours' }).click();
    expect(await colours()).toBe('light');
    await page.reload();
    await page.getByRole('button', { name: 'Dark colours' }).waitFor();
    expect(await colours()).toBe('light');
  });

  it('fits a phone', async () => {
    const page = await openConsole({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    await page.getByRole('button', { name: 'Show chats' }).click();
    await newChat(page);
    await say(page, 'echo: small screen');
    await cardIn(page, 'done').getByText('small screen').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await page.getByRole('button', { name: 'Show what happens inside' }).click();
    await page.getByRole('dialog').getByText('Done').waitFor();
    await expectAccessible(page);
  });
});
