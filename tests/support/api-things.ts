import { randomUUID } from 'node:crypto';
import { createAlerts } from '../../activities/alerts';
import { findChannel } from '../../channels';
import { hashPassword } from '../../gateway/passwords';
import { pointsToOwnLink } from '../../runtime/own-link';
import { createMessengers } from '../../runtime/ports';
import type { User } from '../../store/users';
import { type IdentityProvider, startIdentityProvider } from './identity-provider';
import { openPeople } from './people';
import type { Desk } from './world';

type Names = Readonly<Record<string, string>>;
/** Makes what a path names and answers with the names in it. */
type Maker = () => Promise<Names>;

const PASSWORD = 'correct horse battery';
const THROW_AWAY = 'Throw-away';

export type Things = Awaited<ReturnType<typeof openThings>>;

/** A gateway with one of everything that a path of the API can name, and a plain body for every operation that takes one. */
export async function openThings() {
  const people = await openPeople();
  const { gateway } = people;
  const [provider, desk, hashed] = await Promise.all([startIdentityProvider(), people.deskOf(), hashPassword(PASSWORD)]);
  const somebody = await newUser(people, hashed);
  const sessionOf = (user: User) => {
    const lasting = { idleMs: 3_600_000, totalMs: 3_600_000, now: gateway.clock.now };
    return gateway.store.sessions.open(user, { way: 'password', ip: '127.0.0.1', ua: 'test', ...lasting });
  };
  await joinProvider(people, provider);
  const alerts = deliverAlerts(people);
  const makers: Readonly<Record<string, Maker>> = {
    ...makersOf(people, desk, hashed),
    '/sessions/{id}': async () => ({ id: (await sessionOf(somebody)).id }),
  };
  const standing = new Map<string, Promise<Names>>();

  /** What the path's parameters are; a new one each time where `fresh`. */
  async function named(path: string, fresh: boolean): Promise<Names> {
    const [pattern, make] = Object.entries(makers)
      .filter(([one]) => path.includes(one))
      .sort(([a], [b]) => b.length - a.length)[0] ?? [path, async () => ({})];
    if (fresh) return await make();
    if (!standing.has(pattern)) standing.set(pattern, make());
    return await standing.get(pattern)!;
  }

  return {
    ...{ gateway, named },
    samples: samplesOf(people, desk, named, hashed),
    /** A new session: what is sent with its calls. @param whose a new account's, or that of the sessions that paths name */
    async session(whose: 'new' | 'known'): Promise<Names> {
      const { token } = await sessionOf(whose === 'known' ? somebody : await newUser(people, hashed));
      return { cookie: `parley_user=${token}`, 'x-parley-console': '1', origin: gateway.url };
    },
    async close() {
      clearInterval(alerts);
      await Promise.all([people.close(), provider.close()]);
    },
  };
}

type People = Awaited<ReturnType<typeof openPeople>>;

async function newUser({ gateway }: People, hashed: string, email = `${randomUUID()}@example.com`): Promise<User> {
  const { store, scope } = gateway;
  const user = await store.users.create({ tenantId: scope.tenantId, email, name: 'Somebody', password: hashed });
  await store.users.setMember(scope, user.id, 'admin');
  return user;
}

const joinProvider = ({ gateway }: People, { issuer, clientId, clientSecret }: IdentityProvider): Promise<void> =>
  gateway.store.singleSignOn.put(
    gateway.scope.tenantId,
    { issuer, clientId, clientSecret, domains: ['example.com'], createUsers: false, defaultRole: 'viewer', trustEmails: false },
    ['example.com'],
  );

/** Sends what is due, as workers do, every moment. */
function deliverAlerts({ gateway }: People): NodeJS.Timeout {
  const store = gateway.another();
  const { deliver } = createAlerts({
    ...{ store, messengerFor: createMessengers(findChannel, gateway.deps.portsFor), mail: undefined, processName: 'worker' },
    ...{ consoleUrl: '', findIntegration: (id) => store.integrations.find(id), pointsToOwnLink, limits: { retryMs: 60_000 } },
  });
  return setInterval(() => void deliver().catch(() => undefined), 100);
}

function makersOf(people: People, desk: Desk, hashed: string): Readonly<Record<string, Maker>> {
  const { gateway, admin } = people;
  const { store, scope } = gateway;
  const integration =
    (channel: string, mode: string, config: object): Maker =>
    async () => {
      const fields = { name: randomUUID(), channel, mode, config: { ...config }, appearance: {}, enabled: true };
      return { id: (await store.integrations.create(scope, fields)).id };
    };
  const created =
    (path: string, body: () => object): Maker =>
    async () => {
      const reply = await admin.call('POST', path, { body: body() });
      if (reply.status !== 201) throw new Error(`POST ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
      return { id: reply.body.id };
    };
  const expert: Maker = async () => ({ id: (await people.deskOf()).expertId });
  const talk = () => people.say(desk, 'Where is the key?', { sender: randomUUID() });
  const lark = { appId: 'cli_0123456789abcdef', appSecret: 'secret', encryptKey: 'key', verificationToken: 'token' };
  const sandbox = integration('sandbox', 'local', {});
  return {
    '/integrations/{id}': sandbox,
    '/experts/{id}': expert,
    '/experts/{id}/versions/{version}': async () => ({ ...(await expert()), version: '1' }),
    '/experts/{id}/triggers/{triggerId}': async () => {
      const { id = '' } = await expert();
      const [trigger] = (await admin.call('GET', `experts/${id}/triggers`)).body.items;
      return { id, triggerId: trigger.id };
    },
    '/conversations/{id}': async () => ({ id: (await talk()).sessionId }),
    '/references/{reference}': async () => {
      const { turnId } = await talk();
      const reference = randomUUID().slice(0, 8);
      const of = [reference, scope.tenantId, scope.organizationId, turnId];
      await store.db.raw(
        "INSERT INTO failures (reference, tenant_id, organization_id, turn_id, code, detail) VALUES (?, ?, ?, ?, 'x', 'y')",
        of,
      );
      return { reference };
    },
    '/people/{id}': async () => {
      const sender = randomUUID();
      await people.say(desk, 'Hello', { sender });
      return { id: (await people.personOf(desk, sender)).id };
    },
    '/users/{id}': created('users', () => ({ username: randomUUID(), email: 'ann@example.com' })),
    '/members/{id}': async () => ({ id: (await newUser(people, hashed)).id }),
    '/invitations/{id}': created('invitations', () => ({ email: `${randomUUID()}@example.com`, role: 'viewer' })),
    '/keys/{id}': created('keys', () => ({ name: 'Key', role: 'viewer' })),
    '/alerts/{id}': created('alerts', () => ({ name: 'Alert', channel: 'webhook', config: hook })),
    '/spending-limits/{id}': created('spending-limits', () => limit),
    '/organizations/{id}': async () => ({ id: (await store.access.createOrganization(scope.tenantId, THROW_AWAY)).id }),
    '/tenants/{id}': async () => ({ id: (await store.access.createTenant(THROW_AWAY)).tenantId }),
    '/plugins/{name}': async () => ({ name: 'dingtalk' }),
    '/channels/{name}': async () => ({ name: 'lark' }),
    '/sandbox/{integrationId}': async () => ({ integrationId: (await sandbox()).id ?? '' }),
    '/sandbox/{integrationId}/files/{fileId}': async () => {
      const { id = '' } = await sandbox();
      const { fileId } = (await admin.call('POST', `sandbox/${id}/files?name=a.txt`, { body: 'text' })).body;
      return { integrationId: id, fileId };
    },
    '/webhooks/{integrationId}': async () => ({ integrationId: (await integration('lark', 'webhook', lark)()).id ?? '' }),
    '/sign-in/single-sign-on/{tenantId}': async () => ({ tenantId: scope.tenantId }),
  };
}

const limit = { name: 'Limit', measure: 'tokens', amount: 1000, period: 'month' };
const hook = { url: 'http://127.0.0.1:9/hook', secret: 'a secret of the hook' };

/** Bodies that succeed, by operation; what is absent here takes any body that fits its schema. */
function samplesOf(
  people: People,
  desk: Desk,
  named: (path: string, fresh: boolean) => Promise<Names>,
  hashed: string,
): Readonly<Record<string, () => Promise<object>>> {
  const { gateway, admin } = people;
  const of = (sample: object) => async () => sample;
  const token = async (): Promise<string> => {
    const { body } = await admin.call('POST', 'invitations', { body: { email: `${randomUUID()}@example.com`, role: 'viewer' } });
    return body.url.split('#/link/')[1];
  };
  const spoken = { chat: 'c', sender: 'ann' };
  const integration = { name: 'Imported', channel: 'sandbox', mode: 'local' };
  const file = {
    format: 'parley/configuration',
    version: 1,
    integrations: [integration],
    experts: [{ name: 'Imported', backend: 'echo' }],
  };
  return {
    'POST /integrations': of({ name: 'Sandbox', channel: 'sandbox', mode: 'local', config: {}, people: {} }),
    'PATCH /integrations/{id}': of({ name: 'Renamed', appearance: { steps: false } }),
    'POST /experts': of({ name: 'Expert', backend: 'echo', config: { chunkMs: 0 } }),
    'PATCH /experts/{id}': of({ backend: 'echo', config: { chunkMs: 1 } }),
    'POST /experts/{id}/triggers': of({ integrationId: desk.integration.id }),
    'PATCH /experts/{id}/triggers/{triggerId}': of({ integrationId: desk.integration.id, gatherMs: 10, gatherMaxMs: 100 }),
    'POST /experts/{id}/rollback': of({ version: 1 }),
    'POST /experts/{id}/pause': of({ notice: { en: 'Later.', zh: '稍后。' } }),
    'POST /experts/{id}/try': of({ text: 'Hello' }),
    'POST /channels/{name}/register': of({ settings: { domain: 'http://127.0.0.1:9' } }),
    'POST /people/{id}/merge': async () => ({ into: (await named('/people/{id}', true)).id }),
    'POST /users': async () => ({ username: randomUUID(), email: 'ann@example.com' }),
    'PATCH /members/{id}': of({ role: 'operator' }),
    'POST /invitations': async () => ({ email: `${randomUUID()}@example.com`, role: 'viewer' }),
    'POST /keys': of({ name: 'Key', role: 'viewer', expiresAt: '9999-12-31T23:59:59Z' }),
    'POST /alerts': of({ name: 'Alert', channel: 'webhook', config: hook }),
    'PATCH /alerts/{id}': of({ config: hook }),
    'POST /spending-limits': of(limit),
    'PATCH /spending-limits/{id}': of(limit),
    'POST /configuration/import': of({ configuration: file }),
    'POST /tenants': of({ name: 'Acme' }),
    'PATCH /tenant': of({ name: 'Test', contentNeedsReason: false }),
    'PATCH /tenant/single-sign-on': of({
      config: { issuer: 'https://id.example.com', clientId: 'c', clientSecret: 's', domains: ['example.org'] },
    }),
    'POST /organizations': of({ name: 'Plant 2' }),
    'POST /configuration/export': of({ passphrase: 'a long pass phrase' }),
    'POST /organizations/{id}/delete': of({ name: THROW_AWAY }),
    'POST /tenants/{id}/delete': of({ name: THROW_AWAY }),
    'POST /session/password': of({ current: PASSWORD, next: 'another good password' }),
    'PATCH /session': of({ organizationId: gateway.scope.organizationId }),
    'POST /sign-in': async () => ({ email: (await newUser(people, hashed)).email, password: PASSWORD }),
    'POST /sign-in/links/look': async () => ({ token: await token() }),
    'POST /sign-in/links/use': async () => ({ token: await token(), password: PASSWORD, name: 'New' }),
    'POST /sandbox/{integrationId}/messages': of({ ...spoken, text: 'Hello', attachments: [] }),
    'POST /sandbox/{integrationId}/actions': of({ ...spoken, replyId: randomUUID(), action: 'good' }),
  };
}
