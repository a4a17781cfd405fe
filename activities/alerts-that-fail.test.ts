import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findChannel } from '../channels';
import { createMetrics } from '../runtime/metrics';
import { createMessengers, createPorts } from '../runtime/ports';
import { openStore } from '../store';
import type { AlertFields } from '../store/alerts';
import { createDesk, createWorld, type World } from '../tests/support/world';
import { createAlerts } from './alerts';

let world: World;
let hook: Server;
let url: string;
let calls = 0;

beforeAll(async () => {
  world = await createWorld();
  hook = createServer((_, response) => {
    calls++;
    response.end();
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;
}, 60_000);

afterAll(async () => {
  hook?.close();
  await world?.close();
});

beforeEach(async () => {
  calls = 0;
  await world.store.db.raw('DELETE FROM alerts');
});

const fields = (more: Partial<AlertFields>): AlertFields => ({
  ...{ name: 'on call', channel: 'webhook', config: { url, secret: 'a secret' }, language: 'en', enabled: true },
  ...{ kinds: ['events_unended'], downAfterSeconds: 60, failuresInRow: 3, ...more },
});
const rule = async (more: Partial<AlertFields> = {}) => (await world.store.alerts.create(world.scope, fields(more))).id;

/** As another process has it. @param own names that stand for an address of the machine's own link */
const anotherProcess = (limits = {}, own: readonly string[] = []) =>
  createAlerts({
    ...{ store: world.store, messengerFor: createMessengers(findChannel, createPorts(world.another(), createMetrics().observe)) },
    ...{ mail: undefined, processName: 'worker', consoleUrl: '', limits: { retryMs: 60_000, ...limits } },
    findIntegration: (id) => world.store.integrations.find(id),
    pointsToOwnLink: async (hostname) => own.includes(hostname),
  });

/** A message about an incident, made so long ago. */
async function incident(alertId: string, ago = '1 second'): Promise<void> {
  const { tenantId, organizationId } = world.scope;
  const { rows } = (await world.store.db.raw(
    `INSERT INTO alert_incidents (id, tenant_id, organization_id, alert_id, kind, subject_id, subject_name, since)
     VALUES (gen_random_uuid(), ?, ?, ?, 'events_unended', ?, 'Test', now()) RETURNING id`,
    [tenantId, organizationId, alertId, organizationId],
  )) as { rows: { id: string }[] };
  await world.store.db.raw(
    `INSERT INTO alert_deliveries (id, tenant_id, organization_id, alert_id, incident_id, phase, created_at)
     VALUES (gen_random_uuid(), ?, ?, ?, ?, 'raised', now() - ?::interval)`,
    [tenantId, organizationId, alertId, rows[0]!.id, ago],
  );
}

const newest = async (alertId: string) =>
  (await world.store.alerts.deliveries(world.scope, alertId, { time: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }, 1))[0];

test('an alert whose settings cannot be opened says why, and holds up no other', async () => {
  const gone = openStore({ databaseUrl: world.databaseUrl, secretKey: randomBytes(32).toString('base64'), maxConnections: 1 });
  const { id: broken } = await gone.alerts.create(world.scope, fields({ name: 'sealed with a key that is gone' }));
  await gone.close();
  const sound = await rule();
  for (const id of [broken, sound]) await incident(id);
  expect(await anotherProcess().deliver()).toBe(2);
  expect(calls).toBe(1);
  expect(await newest(sound)).toMatchObject({ state: 'sent' });
  const reason = expect.stringContaining('which PARLEY_SECRET_KEY no longer holds');
  expect(await newest(broken)).toMatchObject({ state: 'pending', attempts: 1, error: reason });
  await world.store.alerts.test(world.scope, broken);
  await anotherProcess().deliver();
  expect(await newest(broken)).toMatchObject({ phase: 'test', state: 'failed', error: reason });
  const all = await world.store.alerts.everyDelivery(
    world.scope,
    undefined,
    { time: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
    10,
  );
  expect(all.find(({ alertId }) => alertId === broken)).toMatchObject({ error: reason, config: {} });
});

describe('through a link that is not there', () => {
  const DAYS = { giveUpMs: 24 * 3_600_000 };

  async function wecom() {
    const { integration } = await createDesk(world, { channel: 'wecom', mode: 'long_connection' });
    const config = { integrationId: integration.id, chatId: 'c', chatKind: 'group' };
    await world.store.db.raw("UPDATE connections SET state = 'connecting', owner = NULL WHERE integration_id = ?", [integration.id]);
    return { integration, alert: await rule({ channel: 'chat', config }) };
  }

  test.each<[string, (id: string) => Promise<unknown>, RegExp]>([
    ['switched off', (id) => world.store.integrations.setEnabled(world.scope, id, false), /is switched off/],
    ['deleted', (id) => world.store.integrations.remove(world.scope, id), /is gone/],
  ])('because its integration was %s, that is told and ends', async (_, change, reason) => {
    const { integration, alert } = await wecom();
    await change(integration.id);
    await incident(alert);
    expect(await anotherProcess(DAYS).deliver()).toBe(1);
    expect(await newest(alert)).toMatchObject({ state: 'pending', error: expect.stringMatching(reason) });
    await world.store.db.raw("UPDATE alert_deliveries SET next_at = now(), created_at = now() - interval '25 hours'");
    await anotherProcess(DAYS).deliver();
    expect(await newest(alert)).toMatchObject({ state: 'failed', error: expect.stringMatching(reason) });
  });

  test('it waits for the link, and not for ever', async () => {
    const { alert } = await wecom();
    await incident(alert, '23 hours');
    expect(await anotherProcess(DAYS).deliver()).toBe(0);
    expect(await newest(alert)).toMatchObject({ state: 'pending', attempts: 0 });
    await world.store.db.raw("UPDATE alert_deliveries SET created_at = now() - interval '25 hours'");
    await anotherProcess(DAYS).deliver();
    expect(await newest(alert)).toMatchObject({ state: 'failed', error: expect.stringContaining('not connected') });
  });
});

test('no webhook is called whose name stands for an address of the machine’s own link', async () => {
  const id = await rule({ config: { url: url.replace('127.0.0.1', 'localhost') } });
  await incident(id);
  await anotherProcess({}, ['localhost']).deliver();
  expect(calls).toBe(0);
  expect(await newest(id)).toMatchObject({ error: 'The address is a link-local one: choose another.' });
});
