import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPeople, type LdapMapperSettings, type PersonFacts } from '../domain/person';
import { askLdap } from './identity-ldap';
import { type LdapEmulator, startLdapEmulator } from './identity-ldap.emulator';

const BASE = 'dc=corp,dc=example';
const admin = { bindDn: `cn=reader,${BASE}`, password: 'reader secret' };
let server: LdapEmulator;

beforeAll(async () => {
  server = await startLdapEmulator(admin);
  server.entries.push(
    person('ann', { mail: 'ann@corp.example', cn: 'Ann', employeeNumber: 'E7', departmentNumber: 'Finance' }),
    person('bob', { mail: 'bob@corp.example', cn: 'Bob' }),
    person('twin1', { mail: 'twin@corp.example' }),
    person('twin2', { mail: 'twin@corp.example' }),
  );
});
afterAll(() => server.close());

function person(uid: string, attributes: Readonly<Record<string, string>>) {
  return { dn: `uid=${uid},ou=people,${BASE}`, attributes: { uid, ...attributes } };
}

const settings = (more: Partial<LdapMapperSettings> = {}): LdapMapperSettings => ({
  ...{ url: server.url, startTls: false, ...admin, baseDn: BASE, filter: '(mail={email})', attributes: {}, timeoutMs: 1000 },
  ...more,
});
const ask = (facts: PersonFacts, more: Partial<LdapMapperSettings> = {}) =>
  askLdap({ ...defaultPeople, mapping: 'ldap', ldap: settings(more) }, { platform: 'lark', integrationId: 'i', personId: 'ou_1', facts });

it('finds an entry and reads what the settings name', async () => {
  expect(await ask({ email: 'ann@corp.example' })).toEqual({
    kind: 'user',
    user: {
      id: `uid=ann,ou=people,${BASE}`,
      username: 'ann',
      email: 'ann@corp.example',
      name: 'Ann',
      staffId: 'E7',
      department: 'Finance',
    },
  });
  const byNumber = await ask(
    { staffId: 'E7' },
    { filter: '(&(employeeNumber={staffId})(uid=ann))', attributes: { id: 'uid', username: 'mail' } },
  );
  expect(byNumber).toMatchObject({ user: { id: 'ann', username: 'ann@corp.example' } });
});

it('knows nobody without an entry, or without what it asks by', async () => {
  expect(await ask({ email: 'nobody@corp.example' })).toEqual({ kind: 'unknown' });
  const searches = server.searches.length;
  expect(await ask({ name: 'Ann' })).toEqual({ kind: 'unknown' });
  expect(server.searches.length).toBe(searches);
});

it('what a person is called can not change the filter', async () => {
  expect(await ask({ email: '*' })).toEqual({ kind: 'unknown' });
  expect(await ask({ email: 'x)(|(uid=*)' })).toEqual({ kind: 'unknown' });
  expect(await ask({ name: 'ann)(uid=bob' }, { filter: '(|(cn={name})(cn=nobody))' })).toEqual({ kind: 'unknown' });
});

it('says why it gives no answer', async () => {
  expect(await ask({ email: 'twin@corp.example' })).toEqual({ kind: 'failed', code: 'ambiguous' });
  expect(await ask({ email: 'ann@corp.example' }, { password: 'wrong' })).toEqual({ kind: 'failed', code: 'ldap_49' });
  expect(await ask({ email: 'ann@corp.example' }, { url: 'ldap://127.0.0.1:9' })).toMatchObject({ kind: 'failed' });
  expect(await ask({ email: 'ann@corp.example' }, { url: 'ldap://169.254.169.254' })).toEqual({ kind: 'failed', code: 'link_local' });
  server.silent = true;
  const startedAt = Date.now();
  expect(await ask({ email: 'ann@corp.example' }, { timeoutMs: 200 })).toMatchObject({ kind: 'failed' });
  expect(Date.now() - startedAt).toBeLessThan(1000);
  server.silent = false;
});

it('encrypted, it trusts the certificates that it is given and no others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-ldap-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=directory', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      keyFile,
      '-out',
      certFile,
      '-days',
      '2',
      ...subject,
    ],
    { stdio: 'ignore' },
  );
  const cert = readFileSync(certFile, 'utf8');
  const secure = await startLdapEmulator({ ...admin, tls: { key: readFileSync(keyFile, 'utf8'), cert } });
  secure.entries.push(...server.entries);
  try {
    expect(await ask({ email: 'ann@corp.example' }, { url: secure.url, ca: cert })).toMatchObject({ kind: 'user' });
    expect(await ask({ email: 'ann@corp.example' }, { url: secure.url })).toMatchObject({
      kind: 'failed',
      code: expect.stringMatching(/SELF_SIGNED|CERT/),
    });
  } finally {
    await secure.close();
  }
});
