import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `check` holds; fails after `withinMs`. */
export async function eventually(check: () => boolean | Promise<boolean>, withinMs = 3000): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > until) throw new Error(`It did not come true within ${withinMs} ms.`);
    await sleep(5);
  }
}
