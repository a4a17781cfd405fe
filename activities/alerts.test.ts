import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { findChannel } from '../channels';
import { createMailer } from '../runtime/mail';
import { createMetrics } from '../runtime/metrics';
import { pointsToOwnLink } from '../runtime/own-link';
import { createMessengers, createPorts } from '../runtime/ports';
import type { AlertFields } from '../store/alerts';
import { createDesk, createWorld, type Desk, eventually, type World } from '../tests/support/world';
import { createAlerts } from './alerts';

const SECRET = 'whsec_cGFybGV5LXRlc3Qtc2VjcmV0';

let world: World;
let desk: Desk;
const calls: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
let answer = 200;
let hook: Server;
let url: string;

beforeAll(async () => {
  world = await createWorld();
  hook = createServer(async (request, response) => {
    calls.push({ headers: request.headers, body: await text(request) });
    response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;
}, 60_000);

afterAll(async () => {
  hook?.close();
  await world?.close();
});

beforeEach(async () => {
  calls.length = 0;
  answer = 200;
  await world.store.db.raw('DELETE FROM alerts');
  desk = await createDesk(world, { channel: 'lark', mode: 'long_connection' });
  await connected();
});

afterEach(() => world.store.integrations.remove(world.scope, desk.integration.id));

const rule = (fields: Partial<AlertFields> = {}) =>
  world.store.alerts.create(world.scope, {
    ...{ name: 'on call', channel: 'webhook', config: { url, secret: SECRET }, language: 'en', enabled: true },
    ...{ kinds: ['integration_parked', 'integration_down', 'events_unended', 'expert_failing'], downAfterSeconds: 60, failuresInRow: 3 },
    ...fields,
  });

/** As another process has it: with a pool of its own. */
function anotherProcess(name = 'worker', mail?: { url: string; from: string }, limits = {}) {
  const store = world.another();
  const messengerFor = createMessengers(findChannel, createPorts(store, createMetrics().observe));
  return createAlerts({
    ...{ store, messengerFor, mail: mail && createMailer(mail), processName: name, consoleUrl: 'https://parley.example.com/' },
    findIntegration: (id) => store.integrations.find(id),
    pointsToOwnLink,
    limits: { steadyMs: 0, retryMs: 1, ...limits },
  });
}

const set = (fields: string): Promise<unknown> =>
  world.store.db.raw(`UPDATE connections SET ${fields} WHERE integration_id = ?`, [desk.integration.id]);
const connected = () => set("state = 'connected', parked = false, proven_at = now(), lost_at = NULL, since = now() - interval '1 second'");
const lost = (ago: string) =>
  set(
    `state = 'connecting', proven_at = NULL, since = now(), lost_at = now() - interval '${ago}', last_error = '{"message": "No answer."}'`,
  );
const told = () => calls.map(({ body }) => JSON.parse(body));

async function look(...processes: ReturnType<typeof anotherProcess>[]): Promise<void> {
  await Promise.all(processes.map((one) => one.watch()));
  await Promise.all(processes.map((one) => one.deliver()));
}

test('a lost link is told of once, after a minute, by whichever process, and its return once', async () => {
  await rule();
  const processes = [anotherProcess('a'), anotherProcess('b'), anotherProcess('c')];
  await lost('50 seconds');
  await look(...processes);
  expect(calls).toHaveLength(0);
  await lost('61 seconds');
  for (let time = 0; time < 4; time++) await look(...processes);
  await look(anotherProcess('after a restart'));
  const { id, name } = desk.integration;
  expect(told()).toMatchObject([
    {
      type: 'alert.raised',
      title: `🔴 ${name} is not connected`,
      link: `https://parley.example.com/#/integrations/${id}?organization=${world.scope.organizationId}`,
      incident: { kind: 'integration_down', subject: { id, name }, reason: 'No answer.', endedAt: null },
    },
  ]);
  await connected();
  for (let time = 0; time < 3; time++) await look(...processes);
  expect(told().slice(1)).toMatchObject([{ type: 'alert.recovered', incident: { subject: { id }, endedBy: 'recovered' } }]);
});

test('a link that comes and goes is one incident until it stands', async () => {
  await rule();
  const process = anotherProcess('a', undefined, { steadyMs: 60_000 });
  for (let time = 0; time < 3; time++) {
    await lost('61 seconds');
    await look(process);
    await connected();
    await look(process);
  }
  expect(told()).toMatchObject([{ type: 'alert.raised' }]);
  await set("since = now() - interval '61 seconds'");
  await look(process);
  expect(told().slice(1)).toMatchObject([{ type: 'alert.recovered' }]);
});

test('a parked link is one alert, not two; one that is switched off has ended', async () => {
  await rule();
  const process = anotherProcess();
  await lost('10 minutes');
  await set('parked = true');
  await look(process);
  await set('parked = false');
  await look(process);
  expect(told()).toMatchObject([{ incident: { kind: 'integration_parked' } }]);
  await world.store.integrations.setEnabled(world.scope, desk.integration.id, false);
  await look(process);
  expect(told().slice(1)).toMatchObject([{ type: 'alert.recovered', title: expect.stringContaining('switched off') }]);
});

test('calls are signed so that Standard Webhooks libraries accept them', async () => {
  await rule();
  await lost('2 minutes');
  await look(anotherProcess());
  const [{ headers, body }] = calls as [(typeof calls)[number]];
  const key = Buffer.from(SECRET.slice(6), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  expect(JSON.parse(body).id).toBe(headers['webhook-id']);
});

test('what is refused is tried again under the same id, then given up; its failure can be read', async () => {
  const { id } = await rule();
  answer = 503;
  await lost('2 minutes');
  const process = anotherProcess();
  await look(process);
  const seen = async () => (await world.store.alerts.deliveries(world.scope, id, { time: 'infinity', id: randomUUID() }, 10))[0];
  expect(await seen()).toMatchObject({ state: 'pending', attempts: 1, error: 'The address answered with HTTP 503.' });
  answer = 200;
  await eventually('another try', async () => (await process.deliver()) > 0);
  expect(await seen()).toMatchObject({ state: 'sent', attempts: 2, error: null });
  expect(new Set(told().map((one) => one.id)).size).toBe(1);

  answer = 404;
  await connected();
  await look(anotherProcess('impatient', undefined, { giveUpMs: 0 }));
  expect(await seen()).toMatchObject({ phase: 'recovered', state: 'failed', error: 'The address answered with HTTP 404.' });
});

test('events that nobody works on, and experts that fail in a row', async () => {
  await rule();
  const { tenantId, organizationId } = world.scope;
  const owner = [tenantId, organizationId, desk.integration.id];
  await world.store.db.raw(
    `INSERT INTO events (id, tenant_id, organization_id, integration_id, chat_id, person_id, platform_id, kind, text, language, address, sent_at, received_at, decision)
     VALUES (?, ?, ?, ?, ?, ?, 'lost', 'message', 'q', 'en', '{}', now(), now() - interval '2 minutes', 'accepted')`,
    [randomUUID(), ...owner, randomUUID(), randomUUID()],
  );
  const turn = (state: string) =>
    world.store.db.raw(
      `INSERT INTO turns (id, tenant_id, organization_id, integration_id, chat_id, conversation_id, state, expert_id, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, clock_timestamp())`,
      [randomUUID(), ...owner, randomUUID(), randomUUID(), state, desk.expertId],
    );
  for (const state of ['failed', 'done', 'failed', 'failed']) await turn(state);
  const process = anotherProcess();
  await look(process);
  expect(told()).toMatchObject([
    {
      incident: { kind: 'events_unended', subject: { id: organizationId, name: 'Test' } },
      link: `https://parley.example.com/#/conversations/unended?organization=${organizationId}`,
    },
  ]);
  await turn('failed');
  await look(process);
  await look(process);
  expect(told().slice(1)).toMatchObject([
    {
      incident: { kind: 'expert_failing', subject: { id: desk.expertId } },
      link: expect.stringContaining(`#/experts/${desk.expertId}?organization=${organizationId}`),
    },
  ]);
  await turn('done');
  await world.store.db.raw(`UPDATE events SET "end" = 'answered' WHERE "end" IS NULL`);
  await look(process);
  expect(
    told()
      .slice(2)
      .map(({ type }) => type),
  ).toEqual(['alert.recovered', 'alert.recovered']);
});

test('by mail, with the mail server’s own name and password', async () => {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _, done) => (username === 'u' && password === 'p' ? done(null, { user: 'u' }) : done(new Error('no'))),
    onData: (stream, _, done) => void text(stream).then((mail) => done(null, void mails.push(mail))),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  try {
    const { id } = await rule({ channel: 'mail', config: { to: ['ops@example.com', 'ann@example.com'] }, language: 'zh' });
    const from = 'Parley <parley@example.com>';
    const right = anotherProcess('a', { url: `smtp://u:p@127.0.0.1:${port}`, from });
    await lost('2 minutes');
    await look(right);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatch(/^From: Parley <parley@example.com>/m);
    expect(mails[0]).toMatch(/^To: ops@example.com, ann@example.com/m);
    expect(mails[0]).toMatch(/^Message-ID: <[\w-]{36}@example.com>/m);
    await world.store.alerts.test(world.scope, id);
    await anotherProcess('b', { url: `smtp://u:wrong@127.0.0.1:${port}`, from }).deliver();
    const [tried] = await world.store.alerts.deliveries(world.scope, id, { time: 'infinity', id: randomUUID() }, 1);
    expect(tried).toMatchObject({ phase: 'test', state: 'failed', error: expect.stringContaining('PARLEY_SMTP_URL') });
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

test('in a chat of an integration, once, and only by the process that holds the link where answers need it', async () => {
  const sandbox = await createDesk(world);
  await rule({ channel: 'chat', config: { integrationId: sandbox.integration.id, chatId: 'admins', chatKind: 'group' } });
  await lost('2 minutes');
  await look(anotherProcess('a'), anotherProcess('b'));
  const feed = JSON.stringify(
    (await world.store.db.raw('SELECT value FROM memory WHERE integration_id = ?', [sandbox.integration.id])).rows,
  );
  expect(feed.split('is not connected').length - 1).toBe(1);

  const wecom = await createDesk(world, { channel: 'wecom', mode: 'long_connection' });
  const { id } = await rule({
    channel: 'chat',
    kinds: ['events_unended'],
    config: { integrationId: wecom.integration.id, chatId: 'c', chatKind: 'group' },
  });
  await world.store.db.raw("UPDATE connections SET state = 'connected', owner = 'holder', proven_at = now() WHERE integration_id = ?", [
    wecom.integration.id,
  ]);
  await world.store.alerts.test(world.scope, id);
  expect(await anotherProcess('somebody else').deliver()).toBe(0);
  expect(await anotherProcess('holder').deliver()).toBe(1);
});
