import { randomInt } from 'node:crypto';
import { canListen } from '../../stack/ports';

/**
 * From here on, to where the system takes ports for outgoing connections (32,768), no other program looks for one: stacks take those below. Each
 * jest worker has a part of its own, and hands a port out again only after all others: a process may take its port long after it got it.
 */
const FIRST = 30_000;
const EACH = 1300;
const OWN = FIRST + (Number(process.env.JEST_WORKER_ID ?? 0) % 2) * EACH;

let last = randomInt(EACH);

/** A free port for a process that a test starts. */
export async function ownPort(): Promise<number> {
  for (;;) {
    last = (last + 1) % EACH;
    if (await canListen(OWN + last)) return OWN + last;
  }
}
