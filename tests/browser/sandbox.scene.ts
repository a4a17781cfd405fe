import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { api, open, startConsole } from '../support/page';

startConsole();
// Who talks here says it all in one message, and reads fast: neither need be waited for.
beforeAll(async () => {
  const [expert] = (await api.call('GET', 'experts')).body.items;
  const [trigger] = (await api.call('GET', `experts/${expert!.id}/triggers`)).body.items;
  await api.call('PATCH', `experts/${expert!.id}`, { config: { chunkChars: 32, chunkMs: 120 } });
  await api.call('PATCH', `experts/${expert!.id}/triggers/${trigger!.id}`, { gatherMs: 0 });
  await api.call('POST', `experts/${expert!.id}/publish`);
});

export async function openSandbox(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await open('sandbox', options);
  await page
    .getByRole('textbox', { name: 'Message' })
    .or(page.getByRole('textbox', { name: '消息' }))
    .waitFor();
  return page;
}

let made = 0;
/** Each test talks in a chat of its own, made the way a person makes one. */
export async function newChat(page: Page, kind: 'Private chat' | 'Group' = 'Private chat'): Promise<void> {
  made += 1;
  const name = `Planning desk ${made}`;
  await page.getByRole('button', { name: 'New chat' }).click();
  const dialog = page.getByRole('dialog', { name: 'New chat' });
  await dialog.getByText(kind, { exact: true }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}

export const cards = (page: Page): Locator => page.locator('[data-reply-id]');
export const cardIn = (page: Page, state: string): Locator => page.locator(`[data-reply-id][data-state="${state}"]`);

/** What the page's cards showed, in order and without repetition; watched inside the page, so that nothing is missed that it drew. */
export interface Seen {
  readonly states: readonly string[];
  /** The line under a card that is not done yet. */
  readonly details: readonly string[];
}

export async function watchCards(page: Page): Promise<() => Promise<Seen>> {
  await page.evaluate(`(() => {
    const keep = (list, one) => list.includes(one) || list.push(one);
    window.seen = { states: [], details: [] };
    const look = () => document.querySelectorAll('[data-reply-id]').forEach((card) => {
      keep(window.seen.states, card.dataset.replyId + ' ' + card.dataset.state);
      const detail = card.querySelector('.card-detail');
      if (detail) keep(window.seen.details, detail.textContent);
    });
    const changes = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['data-state'] };
    new MutationObserver(look).observe(document.body, changes);
  })()`);
  return async () => {
    const { states, details } = await page.evaluate<Seen>('window.seen');
    return { states: states.map((one) => one.split(' ')[1]!), details };
  };
}

/** What people thought of the newest turn of the newest session. */
export async function feedbackOf(page: Page): Promise<unknown> {
  const chat = await page.getByRole('heading', { level: 1 }).textContent();
  const { items } = (await api.call('GET', `conversations?chat=${encodeURIComponent(chat ?? '')}&limit=1`)).body;
  const { turns } = (await api.call('GET', `conversations/${items[0]!.id}`)).body;
  return (turns.at(-1) as unknown as { readonly feedback: unknown }).feedback;
}
