import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type ApiTester, createApiTester } from './api';
import { chromiumFlags, findChromium } from './chromium';
import { type RunningStack, startStack } from './stack';

jest.setTimeout(240_000);

const IMAGES = resolve(__dirname, '../../docs/images');
const WAIT_MS = 30_000;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
/** Whoever wants less motion is spared what would otherwise be waited for. */
const DESKTOP: BrowserContextOptions = {
  ...{ viewport: { width: 1440, height: 900 }, locale: 'en-GB', colorScheme: 'light', reducedMotion: 'reduce' },
};
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
export const takesPictures = process.env.UPDATE_SCREENSHOTS === '1';

export let stack: RunningStack;
export let api: ApiTester;
let browser: Browser;
/** By their options. A window costs more than a tab, and keeps what its tabs have fetched. */
const windows = new Map<string, Promise<BrowserContext>>();
/** What the open pages complained about: errors, and whatever the content security policy refused. */
let complaints: string[] = [];

/** Once per file: a browser and a stack with this environment. A test fails when its pages have complained. */
export function startConsole(env: Readonly<Record<string, string>> = {}): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findChromium(), args: [...chromiumFlags] });
    stack = await startStack({ env });
    api = createApiTester(stack);
  });
  beforeEach(() => {
    complaints = [];
  });
  afterEach(async () => {
    for (const window of windows.values()) await forget(await window);
    expect(complaints).toEqual([]);
  });
  // Hooks of their own: what fails to end keeps nothing else open.
  afterAll(() => browser?.close());
  afterAll(() => stack?.stop());
}

/** With a first tab that stays: it keeps the window open, and reaches what pages have stored. */
async function openWindow(options: BrowserContextOptions): Promise<BrowserContext> {
  const window = await browser.newContext({ ...DESKTOP, ...options });
  const first = await window.newPage();
  await first.goto(new URL('favicon.svg', stack.stack.consoleUrl).href);
  return window;
}

async function forget(window: BrowserContext): Promise<void> {
  const [first, ...tabs] = window.pages();
  await Promise.all(tabs.map((tab) => tab.close()));
  await window.clearCookies();
  await first?.evaluate('localStorage.clear()');
}

/**
 * An empty tab, closed after the test; what it opens is as at somebody's first visit.
 * @param options differing from English, light colours and 1440 by 900
 * @param key signs in with it; without one as who the page finds on this machine, an administrator of the tenant
 */
export async function newTab(options: BrowserContextOptions = {}, key?: string): Promise<Page> {
  const name = JSON.stringify(options);
  const window = windows.get(name) ?? openWindow(options);
  windows.set(name, window);
  const page = await (await window).newPage();
  page.setDefaultTimeout(WAIT_MS);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(`${line.text()} ${line.location().url}`);
  });
  if (key) await page.addInitScript(`sessionStorage.setItem('parley.apiKey', ${JSON.stringify(key)})`);
  return page;
}

/** Goes to a page of the console by its path behind `#/`; one that shows the console already does not load anew. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(`${stack.stack.consoleUrl}#/${path}`);
}

/** A page of the console in a tab of its own; see `newTab` and `visit`. */
export async function open(path: string, options: BrowserContextOptions = {}, key?: string): Promise<Page> {
  const page = await newTab(options, key);
  await visit(page, path);
  return page;
}

/** Browsers complain of each refusal, expected or not: a test that provokes some takes them back, by HTTP status or by their words. */
export function forgive(what: number | string): void {
  const words = typeof what === 'number' ? `a status of ${what}` : what;
  complaints = complaints.filter((line) => !line.includes(words));
}

export const titled = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor();

/** Resolves once nothing on the page is being fetched for the first time. */
export const settled = (page: Page): Promise<void> => page.locator('main:not(:has([aria-busy="true"]))').waitFor();

export async function expectFits(page: Page): Promise<void> {
  const needed = await page.evaluate<number>('document.documentElement.scrollWidth');
  // Not `innerWidth`: a phone zooms out until it shows what is too wide.
  const { width } = page.viewportSize()!;
  if (needed > width) throw new Error(`${page.url()} is ${needed} pixels wide, the screen ${width}.`);
}

/** Nothing on the page breaks WCAG 2.1 A or AA seriously. */
export async function expectAccessible(page: Page): Promise<void> {
  // Busy buttons and entering elements are still half transparent.
  await page.locator('.ant-btn-loading:visible').first().waitFor({ state: 'hidden' });
  await page.evaluate(`Promise.all(
    document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => 0)),
  ).then(() => undefined)`);
  // Our pages hold no frames and no sounds: without what these need, axe takes a quarter of the time.
  const axe = new AxeBuilder({ page }).options({ runOnly: RULES, resultTypes: ['violations'], selectors: false, preload: false });
  const { violations } = await axe.setLegacyMode().analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const { hash } = new URL(page.url());
  expect(serious.map(({ id, nodes }) => `${hash}: ${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
}

/** Renews a picture of the documentation when `UPDATE_SCREENSHOTS` is 1. */
export async function picture(page: Page, name: string, height?: number): Promise<void> {
  if (!takesPictures) return;
  if (height) await page.setViewportSize({ width: 1440, height });
  mkdirSync(IMAGES, { recursive: true });
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
}

/** A new API key with this role. */
export const newKey = async (role: string) =>
  (await api.make('keys', { name: role, role })) as unknown as { readonly id: string; readonly key: string };

/** In a private chat of the stack's sandbox. */
export async function sayInSandbox(sender: string, text: string): Promise<void> {
  const path = `sandbox/${stack.stack.sandbox.integrationId}/messages`;
  const { status, body } = await api.call('POST', path, { chat: sender, sender, text });
  expect({ status, body }).toMatchObject({ status: 202 });
}
