import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { closeServer, listenOnLoopback } from '../support/loopback';
import { api, startConsole } from '../support/page';

const folder = mkdtempSync(join(tmpdir(), 'parley-settings-'));
/** Takes every message but those for `/broken`. */
const hook = createServer((request, response) => response.writeHead(request.url === '/broken' ? 503 : 200).end());
export let hookUrl: string;

startConsole({ PARLEY_PLUGINS: './examples/outbox-channel,./examples/faq-backend' });
beforeAll(async () => {
  hookUrl = `http://${await listenOnLoopback(hook)}`;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await closeServer(hook);
});

export const section = (page: Page, name: string): Promise<void> => page.getByRole('heading', { level: 2, name, exact: true }).waitFor();

export const integrations = async () => (await api.call('GET', 'integrations')).body.items;

/** What the page of the configuration gives to be saved. */
export async function saved(page: Page): Promise<{ readonly name: string; readonly text: string }> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the file' }).click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

/** Chooses a file with this text to be imported. */
export async function choose(page: Page, name: string, text: string): Promise<void> {
  writeFileSync(join(folder, name), text);
  await page.getByLabel('Configuration file').locator('input').setInputFiles(join(folder, name));
}
