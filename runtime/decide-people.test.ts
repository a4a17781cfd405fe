import type { PeopleSettings } from '../domain/person';
import type { TriggerSettings } from '../domain/trigger';
import { createDesk, createWorld, said, type World } from '../tests/support/world';
import { decide } from './decide';

let world: World;

beforeAll(async () => {
  world = await createWorld();
}, 60_000);
afterAll(() => world?.close());

async function decisionOf(people: Partial<PeopleSettings>, settings: Partial<TriggerSettings>, sender: object): Promise<string> {
  const { store, scope } = world;
  const { integration } = await createDesk(world, { settings });
  await store.integrations.save(scope, integration.id, { ...integration, people }, false);
  const event = said('Hello', { sender: { id: 'ann', ...sender } });
  const { decided } = await decide(store, (await store.events.route(integration.id, { personId: event.sender.id }))!, event, Date.now());
  return decided.decision;
}

it.each<[Partial<PeopleSettings>, Partial<TriggerSettings>, string]>([
  [{}, {}, 'refused'],
  [{}, { external: 'answer' }, 'refused'],
  [{ external: 'answer' }, {}, 'accepted'],
  [{ external: 'answer' }, { external: 'refuse' }, 'refused'],
])('somebody from outside is answered where integration and trigger do: %j %j', async (people, settings, decision) => {
  expect(await decisionOf(people, settings, { external: true })).toBe(decision);
  expect(await decisionOf(people, settings, {})).toBe('accepted');
});
