import { openPeople } from '../../tests/support/people';

jest.setTimeout(120_000);

let people: Awaited<ReturnType<typeof openPeople>>;

beforeAll(async () => {
  people = await openPeople();
});
afterAll(() => people?.close());

describe('the settings of an integration', () => {
  const make = async (given: object) =>
    await people.admin.call('POST', 'integrations', { body: { name: 'x', channel: 'sandbox', people: given } });
  const http = { url: 'http://127.0.0.1:1/who', secret: 'a secret of enough length' };
  const ldap = { url: 'ldap://127.0.0.1', bindDn: 'cn=a', password: 'planted-password', baseDn: 'dc=x', filter: '(mail={email})' };

  test('have defaults, change by field, and show no secret', async () => {
    const made = (await make({ mapping: 'http', http, ldap })).body;
    expect(made.people).toEqual({
      ...{
        mapping: 'http',
        match: ['staffId', 'email', 'mobile'],
        onUnknown: 'create',
        cacheSeconds: 3600,
        fallback: 'as_before',
        external: 'refuse',
      },
      http: { url: http.url, secret: '***', timeoutMs: 2000 },
      ldap: {
        url: ldap.url,
        startTls: false,
        bindDn: 'cn=a',
        password: '***',
        baseDn: 'dc=x',
        filter: ldap.filter,
        attributes: {},
        timeoutMs: 2000,
      },
    });
    const path = `integrations/${made.id}`;
    const changed = await people.admin.call('PATCH', path, {
      body: { people: { external: 'answer', http: { timeoutMs: 500, secret: '***' } } },
    });
    expect(changed.body.people).toMatchObject({
      mapping: 'http',
      external: 'answer',
      http: { url: http.url, secret: '***', timeoutMs: 500 },
    });
    expect(changed.body.version).toBe(made.version);
    expect((await people.gateway.store.integrations.find(made.id))!.people).toMatchObject({
      http: { secret: http.secret },
      ldap: { password: ldap.password },
    });
    const { rows } = (await people.gateway.store.db.raw('SELECT people::text, people_secrets FROM integrations WHERE id = ?', [
      made.id,
    ])) as {
      rows: object[];
    };
    const shown = JSON.stringify([rows, made, changed.body, (await people.admin.call('GET', 'audit')).body]);
    for (const secret of [http.secret, ldap.password]) expect(shown).not.toContain(secret);
    expect((await people.admin.call('PATCH', path, { body: { name: 'y' } })).body.people).toEqual(changed.body.people);
    expect((await people.admin.call('PATCH', path, { body: { people: { mapping: 'auto', http: null } } })).body.people).toMatchObject({
      mapping: 'auto',
      http: null,
    });
  });

  test('that are replaced secrets are recorded as such', async () => {
    const { id } = (await make({ http, ldap })).body;
    const change = { http: { secret: 'another secret of enough length' }, ldap: { password: 'another-password', bindDn: 'cn=b' } };
    await people.admin.call('PATCH', `integrations/${id}`, { body: { people: change } });
    await people.admin.call('PATCH', `integrations/${id}`, { body: { people: { http: { secret: '***' } } } });
    const { items } = (await people.admin.call('GET', `audit?target=${id}&action=secret.rotated`)).body;
    expect(items).toMatchObject([{ change: { after: { fields: ['people.http.secret', 'people.ldap.password'] } } }]);
  });

  test.each<[string, object, string]>([
    ['a mapping without its settings', { mapping: 'http' }, 'people.http'],
    ['a short secret', { http: { ...http, secret: 'short' } }, 'people.http.secret'],
    ['a link-local address', { http: { ...http, url: 'http://169.254.169.254/' } }, 'people.http.url'],
    ['a link-local directory', { ldap: { ...ldap, url: 'ldap://169.254.169.254' } }, 'people.ldap.url'],
    ['a filter that asks by nothing', { ldap: { ...ldap, filter: '(uid=*)' } }, 'people.ldap.filter'],
    ['an unknown attribute', { ldap: { ...ldap, attributes: { shoe: 'size' } } }, 'people.ldap.attributes.shoe'],
    ['an unknown setting', { ldap: { ...ldap, colour: 'red' } }, 'people.ldap.colour'],
    ['a key named twice', { match: ['email', 'email'] }, 'people.match'],
    ['encrypting twice', { ldap: { ...ldap, url: 'ldaps://127.0.0.1', startTls: true } }, 'people.ldap.startTls'],
  ])('refuse %s', async (_, given, path) => {
    expect(await make(given)).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });
});
