import type { IntegrationFields } from '../../store/integrations';
import type { Scope } from '../../store/scope';
import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';
import { loseKey } from '../../tests/support/lost-key';

jest.setTimeout(60_000);

const WHY = expect.stringContaining('which PARLEY_SECRET_KEY no longer holds: add that key');
const LARK = { appId: 'cli_0123456789abcdef', appSecret: 'planted-secret', domain: 'http://127.0.0.1:9' };
const HTTP = { url: 'http://127.0.0.1:9/who', secret: 'planted-people-secret' };
const LDAP = {
  ...{ url: 'ldap://127.0.0.1:9', bindDn: 'cn=parley', password: 'planted-password' },
  ...{ baseDn: 'dc=example', filter: '(mail={email})' },
};
const OPENAI = { baseUrl: 'http://127.0.0.1:9', apiKey: 'planted-key', model: 'large' };

let gateway: TestGateway;
let admin: Visitor;
let scope: Scope;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

/** An organization of its own for every test: what is unreadable stands in the way of an export of all. */
beforeEach(async () => {
  scope = await gateway.store.access.createTenant('Test');
  admin = gateway.program(await gateway.store.access.createKey('admin', 'tenant_admin', scope));
});

const newExpert = async (body: object): Promise<string> => (await admin.call('POST', 'experts', { body })).body.id;
/** Straight into the store: Temporal is away here, and its API would wait for it. */
async function newIntegration(name: string, more: Partial<IntegrationFields> = {}): Promise<string> {
  const sandbox = { name, channel: 'sandbox', mode: 'local', config: {}, appearance: {}, enabled: false };
  return (await gateway.store.integrations.create(scope, { ...sandbox, ...more })).id;
}
const change = async (path: string, body: object) => await admin.call('PATCH', path, { body });
const look = async (path: string) => (await admin.call('GET', path)).body;
const sealedIn = async (table: string, id: string) =>
  (await gateway.store.db.raw(`SELECT config, to_jsonb(t)->>'people_secrets' AS people FROM ${table} t WHERE id = ?`, [id])).rows[0];

describe('an integration whose settings were sealed with a key that is gone', () => {
  let id: string;
  let path: string;
  let putBack: () => Promise<void>;

  beforeEach(async () => {
    const people = { mapping: 'http', http: HTTP, ldap: LDAP };
    id = await newIntegration('sealed', { channel: 'lark', mode: 'long_connection', config: LARK, people });
    await newIntegration('other');
    path = `integrations/${id}`;
    putBack = await loseKey(gateway, 'integrations', id);
  });

  it('is shown with all but its secrets, and says what to do; so is every list that it is in', async () => {
    const shown = {
      ...{ id, name: 'sealed', channel: 'lark', mode: 'long_connection', config: {}, unreadable: WHY },
      people: { mapping: 'http', http: { url: HTTP.url }, ldap: { bindDn: 'cn=parley' }, unreadable: WHY },
    };
    expect(await admin.call('GET', path)).toMatchObject({ status: 200, body: shown });
    const { items } = await look('integrations');
    expect(items.map(({ name, unreadable }: Record<string, unknown>) => [name, unreadable])).toEqual([
      ['sealed', WHY],
      ['other', undefined],
    ]);
    expect(items[0].people.http).not.toHaveProperty('secret');
    expect(await look(`${path}/status`)).toMatchObject({ state: 'disabled' });
    expect((await admin.call('POST', `${path}/test`)).body).toMatchObject({
      ok: false,
      checks: [{ name: 'settings', ok: false, detail: WHY, mend: expect.stringContaining('again') }],
    });
    expect((await admin.call('GET', 'session')).status).toBe(200);
  });

  it('says so in Chinese to who reads Chinese, and keeps all else as it is', async () => {
    const key = await gateway.store.access.createKey('reader', 'admin', scope);
    const [english, chinese] = await Promise.all(
      ['en', 'zh-CN'].map(async (language) => (await gateway.program(key, { 'accept-language': language }).call('GET', path)).body),
    );
    const why = expect.stringMatching(/^设置由密钥 deadbeef 加密/);
    expect(chinese).toEqual({ ...english, unreadable: why, people: { ...english.people, unreadable: why } });
  });

  it('keeps what is sealed through changes of other fields, for the key may be put back', async () => {
    const before = await sealedIn('integrations', id);
    const given = { name: 'renamed', appearance: { steps: false }, people: { mapping: 'auto', cacheSeconds: 60 } };
    const changed = await change(path, given);
    expect(changed).toMatchObject({
      status: 200,
      body: { name: 'renamed', version: 1, config: {}, unreadable: WHY, people: { mapping: 'auto', cacheSeconds: 60, unreadable: WHY } },
    });
    expect(await sealedIn('integrations', id)).toEqual(before);
    await putBack();
    const { body } = await admin.call('GET', path);
    expect(body).toMatchObject({ name: 'renamed', config: { appSecret: '***' }, people: { cacheSeconds: 60, http: { secret: '***' } } });
    expect([body, body.people].filter((one) => 'unreadable' in one)).toEqual([]);
  });

  it('is mended by giving them anew, all that are needed', async () => {
    const errors = async (body: object) => (await change(path, body)).body.errors.map((one: { path: string }) => one.path);
    expect(await errors({ config: { appSecret: 'new' } })).toEqual(['config.appId']);
    expect(await errors({ people: { http: { secret: '***' } } })).toEqual(['people.http.secret']);
    expect(await errors({ people: { http: { secret: 'a new secret of some length' } } })).toEqual(['people.ldap.password']);
    const people = { http: { secret: 'a new secret of some length' }, ldap: { password: 'new' } };
    expect((await change(path, { people })).body.people).toMatchObject({
      http: { url: HTTP.url, secret: '***' },
      ldap: { password: '***' },
    });
    // Saved; Temporal is away here.
    expect((await change(path, { config: LARK })).status).toBe(503);
    const body = await look(path);
    expect(body).toMatchObject({ version: 2, config: { appSecret: '***' } });
    expect([body, body.people].filter((one) => 'unreadable' in one)).toEqual([]);
    expect(await gateway.store.integrations.find(id)).toMatchObject({ config: LARK, people });
  });

  it('is mended in a mode that needs none, too', async () => {
    const sandbox = await newIntegration('sandbox');
    await loseKey(gateway, 'integrations', sandbox);
    expect(await look(`integrations/${sandbox}`)).toMatchObject({ unreadable: WHY });
    await change(`integrations/${sandbox}`, { config: {} });
    const body = await look(`integrations/${sandbox}`);
    expect(body).toMatchObject({ config: {}, version: 2 });
    expect(body).not.toHaveProperty('unreadable');
  });

  it('has no settings of people to mend where nothing of them was secret', async () => {
    const plain = await newIntegration('plain', { people: { cacheSeconds: 5 } });
    await loseKey(gateway, 'integrations', plain);
    expect((await look(`integrations/${plain}`)).people).not.toHaveProperty('unreadable');
  });

  it('cannot be written to a file; one with the secrets mends it', async () => {
    await putBack();
    const { body: file } = await admin.call('POST', 'configuration/export', { body: { passphrase: 'a passphrase' } });
    await loseKey(gateway, 'integrations', id, ['config']);
    expect(await look('configuration/export')).toMatchObject({
      status: 409,
      type: 'urn:parley:unreadable',
      title: expect.stringContaining('the integration "sealed"'),
    });
    await putBack();
    await loseKey(gateway, 'integrations', id, ['people_secrets']);
    expect(await look('configuration/export')).toMatchObject({ status: 409, type: 'urn:parley:unreadable' });
    await loseKey(gateway, 'integrations', id, ['config']);
    const bare = await admin.call('POST', 'configuration/import', { body: { configuration: { ...file, secrets: null } } });
    expect(bare).toMatchObject({ status: 422, body: { errors: [{ path: 'configuration.integrations.1.config.appSecret' }] } });
    await admin.call('POST', 'configuration/import', { body: { configuration: file, passphrase: 'a passphrase' } });
    expect((await admin.call('GET', 'configuration/export')).status).toBe(200);
    expect(await gateway.store.integrations.find(id)).toMatchObject({ config: LARK, people: { http: HTTP, ldap: LDAP } });
  });
});

describe('an expert whose settings were sealed with a key that is gone', () => {
  let [id, path] = ['', ''];
  let putBack: () => Promise<void>;

  const loseVersion = async (version: number) =>
    await loseKey(gateway, 'expert_versions', (await look(`experts/${id}/versions/${version}`)).id);

  beforeEach(async () => {
    id = await newExpert({ name: 'sealed', backend: 'openai', config: OPENAI });
    await newExpert({ name: 'other', backend: 'echo' });
    path = `experts/${id}`;
    await admin.call('POST', `${path}/publish`);
    putBack = await loseKey(gateway, 'experts', id);
  });

  it('is shown with all but these, and says what to do', async () => {
    const shown = { id, name: 'sealed', backend: 'openai', publishedVersion: 1, config: {}, unreadable: WHY };
    expect(await admin.call('GET', path)).toMatchObject({ status: 200, body: shown });
    const { items } = await look('experts');
    expect(items.map(({ name, unreadable }: Record<string, unknown>) => [name, unreadable])).toEqual([
      ['sealed', WHY],
      ['other', undefined],
    ]);
  });

  it('keeps them through changes of other fields, for the key may be put back', async () => {
    const before = await sealedIn('experts', id);
    expect(await change(path, { name: 'renamed' })).toMatchObject({ status: 200, body: { name: 'renamed', config: {}, unreadable: WHY } });
    expect((await admin.call('POST', `${path}/pause`, { body: { notice: { en: 'Soon.', zh: '稍后。' } } })).status).toBe(200);
    expect(await sealedIn('experts', id)).toEqual(before);
    await putBack();
    expect(await look(path)).toMatchObject({ name: 'renamed', config: { apiKey: '***' } });
  });

  it('is mended by giving them anew, all that are needed', async () => {
    const part = await change(path, { config: { apiKey: 'new' } });
    expect(part).toMatchObject({ status: 422, body: { errors: [{ path: 'config.model' }] } });
    const { body } = await change(path, { config: { ...OPENAI, apiKey: 'new' } });
    expect(body).toMatchObject({ config: { ...OPENAI, apiKey: '***' } });
    expect(body).not.toHaveProperty('unreadable');
    expect((await change(path, { backend: 'echo' })).status).toBe(200);
  });

  it('is neither published nor tried, and can be deleted', async () => {
    for (const [what, body] of [['publish'], ['try', { text: 'Hello' }]] as const) {
      const { status, body: problem } = await admin.call('POST', `${path}/${what}`, body && { body });
      expect([status, problem.type, problem.title]).toEqual([409, 'urn:parley:unreadable', expect.stringContaining('the expert "sealed"')]);
    }
    expect((await admin.call('DELETE', path)).status).toBe(204);
  });

  it('tells of versions in the same way, and does not go back to them', async () => {
    const putVersionBack = await loseVersion(1);
    expect(await look(`${path}/versions/1`)).toMatchObject({ version: 1, backend: 'openai', config: {}, unreadable: WHY, triggers: [] });
    expect((await look(`${path}/diff`)).items).toEqual([]);
    await change(path, { config: OPENAI });
    const { items } = await look(`${path}/diff`);
    expect(items).toContainEqual({ path: 'config', before: WHY, after: null });
    expect(items).toContainEqual({ path: 'config.model', before: null, after: 'large' });
    const back = await admin.call('POST', `${path}/rollback`, { body: { version: 1 } });
    expect(back).toMatchObject({ status: 409, body: { type: 'urn:parley:unreadable' } });
    expect(await look('configuration/export')).toMatchObject({
      status: 409,
      title: expect.stringContaining('the published expert "sealed"'),
    });
    await putVersionBack();
    expect((await admin.call('GET', 'configuration/export')).status).toBe(200);
  });

  it('is mended by a file with the secrets, published version included', async () => {
    await putBack();
    const { body: file } = await admin.call('POST', 'configuration/export', { body: { passphrase: 'a passphrase' } });
    await loseKey(gateway, 'experts', id);
    await loseVersion(1);
    expect(await look('configuration/export')).toMatchObject({ status: 409, title: expect.stringContaining('the expert "sealed"') });
    const body = { configuration: file, passphrase: 'a passphrase' };
    expect(await admin.call('POST', 'configuration/import', { body })).toMatchObject({ status: 200 });
    expect(await look(path)).toMatchObject({ publishedVersion: 2, config: { apiKey: '***' } });
    expect(await gateway.store.experts.version(scope, id, 2)).toMatchObject({ config: OPENAI });
  });
});

describe('single sign-on whose settings were sealed with a key that is gone', () => {
  const config = { issuer: 'https://id.example.com', clientId: 'parley', clientSecret: 'planted-secret', domains: ['example.com'] };

  beforeEach(async () => {
    expect((await change('tenant/single-sign-on', { config })).status).toBe(200);
    await loseKey(gateway, 'tenants', scope.tenantId);
  });

  it('says so, is mended by giving them anew, and can be ended', async () => {
    expect(await admin.call('GET', 'tenant/single-sign-on')).toMatchObject({ status: 200, body: { config: {}, unreadable: WHY } });
    const part = await change('tenant/single-sign-on', { config: { clientSecret: 'new' } });
    expect([part.status, part.body.errors.map((one: { path: string }) => one.path)]).toEqual([
      422,
      ['config.issuer', 'config.clientId', 'config.domains'],
    ]);
    const { body } = await change('tenant/single-sign-on', { config });
    expect(body).toMatchObject({ config: { ...config, clientSecret: '***' } });
    expect(body).not.toHaveProperty('unreadable');
    await loseKey(gateway, 'tenants', scope.tenantId);
    expect((await admin.call('DELETE', 'tenant/single-sign-on')).status).toBe(204);
    expect(await look('tenant/single-sign-on')).toMatchObject({ config: null });
  });
});
