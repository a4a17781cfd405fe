import { setTimeout as sleep } from 'node:timers/promises';
import type { Deliver, Messenger } from '../channels/channel';
import { type LarkEmulator, startLarkEmulator } from '../channels/lark/emulator';
import { createLark } from '../channels/lark/index';
import { defaultTrigger } from '../domain/trigger';
import { quietLink } from '../tests/support/link';
import { localPorts } from '../tests/support/ports';
import { createDesk, createWorld, type Desk, eventually, type World } from '../tests/support/world';
import { catchUp } from './catch-up';

let world: World;
let desk: Desk;
let lark: LarkEmulator;
let messenger: Messenger;

beforeAll(async () => {
  world = await createWorld();
  desk = await createDesk(world, { channel: 'lark', mode: 'long_connection' });
  lark = await startLarkEmulator();
  messenger = createLark().messenger(lark.config, localPorts());
}, 60_000);
afterAll(async () => {
  await lark?.close();
  await world?.close();
});

/** The ledger alone: the one door without a conversation behind it. */
const intoLedger =
  (seen: string[]): ((integrationId: string) => Deliver) =>
  (integrationId) =>
  async (event) => {
    const { chatId, kind, threadId } = event.address;
    const key = `${kind}/${chatId}${threadId ? `/thread/${threadId}` : ''}`;
    const route = (await world.store.events.route(integrationId))!;
    const settings = { ...defaultTrigger, ...route.settings };
    const accepted = await world.store.events.insert({
      ...{ route: { ...route, settings }, event, kind: event.kind, language: 'en', chatKey: key, decision: 'accepted' },
    });
    if (accepted) seen.push(event.text);
    return { fresh: accepted !== undefined };
  };

const catching = (deliver: (integrationId: string) => Deliver, lostAt: number, signal = new AbortController().signal) =>
  catchUp({ store: world.store, messengerFor: () => messenger, deliver }, desk.integration, lostAt, signal);

it('brings what was said while the link was down once, in order, with what came through by itself', async () => {
  const fresh: string[] = [];
  const deliver = intoLedger(fresh);
  const end = new AbortController();
  const listening = createLark().listen!(lark.config, deliver(desk.integration.id), quietLink, end.signal, localPorts());
  listening.catch(() => undefined);
  await eventually('the connection', () => lark.connections() === 1);
  lark.say({ chatId: 'oc_p', text: 'before' });
  lark.say({ chatId: 'oc_g', text: 'in the group', chatType: 'group' });
  lark.say({ chatId: 'oc_g', text: 'in the thread', chatType: 'group', threadId: 'omt_1' });
  await eventually('three messages', () => fresh.length === 3);

  const lostAt = Date.now();
  lark.dropSockets();
  await listening.catch(() => undefined);
  // Some are pushed again by the platform itself, most are not.
  lark.say({ chatId: 'oc_p', text: 'pushed later' });
  for (const text of ['one', 'two', 'three']) {
    lark.sayUnheard({ chatId: 'oc_p', text });
    await sleep(2);
  }
  lark.sayUnheard({ chatId: 'oc_g', text: 'for the bot', chatType: 'group' });
  lark.sayUnheard({ chatId: 'oc_g', text: 'among people', chatType: 'group', mentionsBot: false });
  lark.sayUnheard({ chatId: 'oc_g', text: 'on in the thread', chatType: 'group', threadId: 'omt_1' });

  const again = createLark().listen!(
    lark.config,
    deliver(desk.integration.id),
    { ...quietLink, connected: () => void catching(deliver, lostAt) },
    end.signal,
    localPorts(),
  );
  await eventually('all of it', () => fresh.length >= 10);
  await catching(deliver, lostAt);
  expect(fresh.filter((text) => ['one', 'two', 'three'].includes(text))).toEqual(['one', 'two', 'three']);
  expect([...fresh].sort()).toEqual(
    [
      ...['before', 'in the group', 'in the thread', 'pushed later', 'one', 'two', 'three'],
      ...['for the bot', 'among people', 'on in the thread'],
    ].sort(),
  );
  end.abort();
  await again;
});

it('never fails, and leaves out only the chat that cannot be read', async () => {
  lark.sayUnheard({ chatId: 'oc_g', text: 'unreadable', chatType: 'group' });
  lark.sayUnheard({ chatId: 'oc_p', text: 'readable' });
  lark.removeBot('oc_g');
  const fresh: string[] = [];
  await catching(intoLedger(fresh), Date.now());
  lark.removeBot('oc_g', false);
  expect(fresh).toEqual(['readable']);
  lark.fault({ match: 'message.list', code: 99991672 });
  await catching(intoLedger(fresh), Date.now());
  lark.clearFaults();
  const stopped = AbortSignal.abort();
  await catching(intoLedger(fresh), Date.now(), stopped);
  expect(fresh).toEqual(['readable']);
});
