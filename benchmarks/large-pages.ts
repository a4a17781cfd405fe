import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { chromiumFlags, findChromium } from '../tests/support/chromium';
import { percentile } from './figures';
import type { Seeded } from './seed-large';

const TIMES = 5;
const WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 10;
/** What comes after what came first begins within this. */
const STAYS_MS = 150;

/** The console's pages as a person opens them, by name. */
function pages({ conversationId, integrationIds, expertIds }: Seeded): Readonly<Record<string, string>> {
  return {
    overview: '',
    integrations: 'integrations',
    'one integration': `integrations/${integrationIds[1]}`,
    experts: 'experts',
    'one expert': `experts/${expertIds[1]}`,
    conversations: 'conversations',
    'conversations with a frequent word': `conversations?q=${encodeURIComponent('报销')}`,
    'conversations with a rare word': 'conversations?q=invoice-50123',
    'one conversation': `conversations/${conversationId}`,
    people: 'people',
    usage: 'usage',
    audit: 'audit',
    settings: 'settings',
  };
}

// As text: it runs in the page, whose globals are not those of Node.
const SETTLED = `document.querySelector('main h1') !== null && document.querySelector('[aria-busy=true], .ant-skeleton, .ant-spin-spinning') === null`;

/** What one page took, in milliseconds. */
export interface PageFigure {
  readonly name: string;
  readonly p50: number;
  readonly max: number;
}

/** From asking for the address until everything of the page is there, in a browser that has its scripts already; each time a new page. */
export async function measurePages(url: string, key: string, seeded: Seeded): Promise<readonly PageFigure[]> {
  // A profile of its own, as people's windows have: browsers keep compiled scripts there, which a private window must do without.
  const profile = mkdtempSync(join(tmpdir(), 'parley-pages-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...{ executablePath: findChromium(), args: [...chromiumFlags], viewport: { width: 1440, height: 900 } },
    extraHTTPHeaders: { authorization: `Bearer ${key}` },
  });
  try {
    const open = async (path: string): Promise<number> => {
      const page = await context.newPage();
      const startedAt = performance.now();
      await page.goto(`${url}/#/${path}`, { waitUntil: 'commit' });
      const took = (await settled(page)) - startedAt;
      await page.close();
      return took;
    };
    const figures: PageFigure[] = [];
    for (const [name, path] of Object.entries(pages(seeded))) {
      await open(path);
      const took: number[] = [];
      for (let time = 0; time < TIMES; time++) took.push(await open(path));
      figures.push({ name, p50: percentile(took, 0.5), max: Math.max(...took) });
    }
    return figures;
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Resolves with the moment from which on nothing was waited for. */
async function settled(page: Page): Promise<number> {
  let since: number | undefined;
  for (const deadline = performance.now() + WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    const at = performance.now();
    if (at > deadline) throw new Error(`${page.url()} waits for something after ${WITHIN_MS} ms.`);
    const holds = await page.evaluate(SETTLED).catch(() => false);
    if (!holds) since = undefined;
    else if (since === undefined) since = at;
    else if (at - since >= STAYS_MS) return since;
  }
}
