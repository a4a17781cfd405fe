import { ChannelError, Refusal } from '../domain/errors';
import type { InboundEvent } from '../domain/event';
import type { Deliver } from './channel';
import { createKeeping } from './keeping';

const said = (id: string, chatId = 'chat'): InboundEvent => ({
  ...{ id, kind: 'message', sender: { id: 'ann' }, address: { chatId, kind: 'private' }, forBot: true, text: id, at: 0, attachments: [] },
});

/** A ledger that is away for so many deliveries. */
function ledger(away: number) {
  const stored: string[] = [];
  let tries = 0;
  const deliver: Deliver = async ({ id }) => {
    if (tries++ < away) throw new ChannelError('timeout', 'The ledger is away.');
    stored.push(id);
    return { fresh: true };
  };
  return { deliver, stored, tries: () => tries };
}

it('goes on until the event is in, whatever fails', async () => {
  const { deliver, stored, tries } = ledger(4);
  await expect(createKeeping(deliver, 1).keep(said('a'))).resolves.toEqual({ fresh: true });
  expect([stored, tries()]).toEqual([['a'], 5]);
});

it('gives up what our own side refuses for good', async () => {
  let tries = 0;
  const deliver: Deliver = async () => {
    tries++;
    throw new Refusal(404, 'not_found', 'There is no such integration.');
  };
  await expect(createKeeping(deliver, 1).keep(said('a'))).resolves.toBeUndefined();
  expect(tries).toBe(1);
});

it('keeps the order of a chat, and the same event once', async () => {
  const { deliver, stored } = ledger(3);
  const keeping = createKeeping(deliver, 1);
  const events = [said('a'), said('b'), said('a'), said('c')].map((event) => keeping.keep(event));
  await Promise.all(events);
  expect(stored).toEqual(['a', 'b', 'c']);
});

it('holds no chat up for another', async () => {
  const stored: string[] = [];
  const keeping = createKeeping(async ({ id, address }) => {
    if (address.chatId === 'stuck') throw new Error('not now');
    stored.push(id);
    return { fresh: true };
  }, 1000);
  void keeping.keep(said('a', 'stuck'));
  await keeping.keep(said('b', 'free'));
  expect(stored).toEqual(['b']);
});

it('waits until nothing is left, but no longer than it is told to', async () => {
  const { deliver, stored } = ledger(2);
  const soon = createKeeping(deliver, 1);
  void soon.keep(said('a'));
  await soon.idle(5000);
  expect(stored).toEqual(['a']);
  const never = createKeeping(ledger(Number.POSITIVE_INFINITY).deliver, 1000);
  void never.keep(said('b'));
  await never.idle(10);
  await never.idle(60_000, AbortSignal.timeout(10));
});
