import { Client, Connection } from '@temporalio/client';
import type { Channel, Messenger } from '../channels/channel';
import { sandbox } from '../channels/sandbox';
import { anyPort } from '../stack/ports';
import { createDesk, createWorld, eventually, said, silentLog, type World } from '../tests/support/world';
import { createDispatch } from './dispatch';
import { createReact } from './react';

let world: World;
let away: Connection;

beforeAll(async () => {
  world = await createWorld();
  away = Connection.lazy({ address: `127.0.0.1:${await anyPort()}`, connectTimeout: '100ms' });
}, 60_000);
afterAll(async () => {
  await away?.close();
  await world?.close();
}, 20_000);

const reacting: Channel<unknown> = { ...(sandbox as Channel<unknown>), abilities: { ...sandbox.abilities, reactions: true } };

it('the sign is put on what is for the bot, unless the integration does not want it, and nobody waits for it', async () => {
  const desk = await createDesk(world);
  const signs: string[] = [];
  const messenger: Pick<Messenger, 'react'> = {
    react: async ({ chatId }) => {
      signs.push(chatId);
      throw new Error('The platform is away.');
    },
  };
  const dispatch = createDispatch({
    ...{ store: world.store, client: new Client({ connection: away }), findChannel: () => reacting, consoleUrl: '', log: silentLog },
    observe: { dispatched: () => undefined, event: () => undefined },
    react: createReact({
      ...{ store: world.store, findChannel: () => reacting, messengerFor: () => messenger as Messenger, log: silentLog },
    }),
  });
  const deliver = dispatch.deliver(desk.integration.id);
  const event = said('Hello', { chat: 'seen' });
  await deliver(event);
  await deliver(event);
  await deliver(said('/help', { chat: 'command' }));
  await deliver(said('lunch?', { address: { chatId: 'lunch', kind: 'group' }, forBot: false }));
  await deliver(said('/new Hello', { chat: 'renewed' }));
  await eventually('signs', () => signs.length === 2);
  await world.store.integrations.save(world.scope, desk.integration.id, { ...desk.integration, appearance: { reaction: false } }, false);
  await deliver(said('Hello', { chat: 'plain' }));
  await dispatch.drained();
  expect(signs.sort()).toEqual(['renewed', 'seen']);
});
