import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { startGateway, type TestGateway } from '../tests/support/gateway';
import { eventually } from '../tests/support/world';
import { hashPassword } from './passwords';

jest.setTimeout(120_000);

const PASSWORD = 'correct horse battery';
const ORIGIN = 'https://parley.example.com';

let gateway: TestGateway;
let server: SMTPServer;
let refuses = false;
const mails: { readonly to: string; readonly subject: string; readonly body: string }[] = [];

beforeAll(async () => {
  server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS'] },
    onRcptTo: (_, __, done) => done(refuses ? Object.assign(new Error('no'), { responseCode: 550 }) : null),
    onData: (stream, _, done) => void text(stream).then((mail) => done(null, void mails.push(readable(mail)))),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  gateway = await startGateway({
    ...{ PARLEY_SMTP_URL: `smtp://127.0.0.1:${port}`, PARLEY_MAIL_FROM: 'Parley <parley@example.com>', PARLEY_PUBLIC_URL: ORIGIN },
  });
});
afterAll(async () => {
  await gateway?.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
beforeEach(() => {
  refuses = false;
  mails.length = 0;
});

/** The words of a mail of one part. */
function readable(mail: string) {
  const [head = '', ...rest] = mail.split('\r\n\r\n');
  const raw = rest.join('\r\n\r\n');
  const quoted = (words: string): string =>
    decodeURIComponent(
      words
        .replace(/=\r\n/g, '')
        .replace(/%/g, '=25')
        .replace(/=([0-9A-F]{2})/g, '%$1'),
    );
  const body = /transfer-encoding: base64/i.test(head) ? Buffer.from(raw, 'base64').toString() : quoted(raw);
  const encoded = (_: string, kind: string, words: string): string =>
    kind.toUpperCase() === 'B' ? Buffer.from(words, 'base64').toString() : quoted(words.replace(/_/g, ' '));
  const subject = /^Subject: (.*(?:\r\n .*)*)/m.exec(head)?.[1] ?? '';
  const to = /^To: (.*)/m.exec(head)?.[1] ?? '';
  return {
    to,
    body: body.replace(/\r\n/g, '\n'),
    subject: subject.replace(/\?=\r\n =\?/g, '?==?').replace(/=\?utf-8\?([bq])\?(.*?)\?=/gi, encoded),
  };
}

async function member(email: string, role: 'viewer' | 'admin' = 'viewer', password: string | null = PASSWORD) {
  const { store, scope } = gateway;
  const hashed = password === null ? {} : { password: await hashPassword(password) };
  const user = await store.users.create({ tenantId: scope.tenantId, email, name: email.split('@')[0]!, ...hashed });
  await store.users.setMember(scope, user.id, role);
  return user;
}
const visitor = (language = 'en-GB') => gateway.browser({ origin: ORIGIN, 'accept-language': language });
async function admin(email: string, language?: string) {
  await member(email, 'admin');
  const browser = visitor(language);
  expect((await browser.call('POST', 'sign-in', { body: { email, password: PASSWORD } })).status).toBe(200);
  return browser;
}
const tokenIn = (words: string): string => /#\/link\/([\w-]+)/.exec(words)?.[1] ?? '';
const forgotten = (email: string, browser = visitor()) => browser.call('POST', 'sign-in/forgotten', { body: { email } });

test('an invitation goes to its address, in both languages, and its link works', async () => {
  const boss = await admin('boss@example.com', 'zh-CN,zh;q=0.9');
  const { status, body } = await boss.call('POST', 'invitations', { body: { email: 'new@example.com', role: 'viewer' } });
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { url: expect.stringContaining(ORIGIN), mail: { sent: true, problem: null } },
  });
  const [mail] = mails;
  expect(mail).toMatchObject({ to: 'new@example.com', subject: expect.stringMatching(/^邀请加入 Parley.*Invitation to .* on Parley$/) });
  expect(mail!.body).toMatch(/^boss 邀请你.*\n\nhttps:\/\/parley\.example\.com\/#\/link\/.*boss invites you/s);
  expect(mail!.body.split(body.url)).toHaveLength(3);
  const used = await visitor().call('POST', 'sign-in/links/use', { body: { token: tokenIn(mail!.body), password: PASSWORD } });
  expect(used).toMatchObject({ status: 200, body: { email: 'new@example.com' } });
});

test('what the mail server refuses is told, and the link is good all the same', async () => {
  const boss = await admin('chief@example.com');
  refuses = true;
  const { status, body } = await boss.call('POST', 'invitations', { body: { email: 'lost@example.com', role: 'viewer' } });
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { mail: { sent: false, problem: 'The mail server refused the message (SMTP 550).' } },
  });
  expect((await visitor().call('POST', 'sign-in/links/look', { body: { token: tokenIn(body.url) } })).status).toBe(200);
  expect(JSON.stringify((await boss.call('GET', 'audit')).body)).not.toContain(tokenIn(body.url));
});

test('a link for a new password that an administrator makes goes to the member', async () => {
  const boss = await admin('head@example.com');
  const { id } = await member('ann@example.com');
  const { body } = await boss.call('POST', `members/${id}/password-reset`);
  expect(body).toMatchObject({ url: expect.stringContaining(ORIGIN), mail: { sent: true } });
  expect(mails).toMatchObject([
    { to: 'ann@example.com', subject: expect.stringMatching(/^New password for Parley/), body: expect.stringContaining(body.url) },
  ]);
});

test('whoever forgot the password gets a link that sets a new one, once and for an hour', async () => {
  await member('ben@example.com');
  expect((await visitor().call('GET', 'sign-in/forgotten')).body).toEqual({ isPossible: true });
  expect(await forgotten(' BEN@example.com'.trim())).toMatchObject({ status: 202, body: {} });
  const [mail] = await eventually('the mail', () => mails.length > 0 && mails);
  expect(mail).toMatchObject({ to: 'ben@example.com', body: expect.stringContaining(`${ORIGIN}/#/link/`) });
  const body = { token: tokenIn(mail!.body), password: 'another long password' };
  expect((await visitor().call('POST', 'sign-in/links/use', { body })).status).toBe(200);
  expect((await visitor().call('POST', 'sign-in/links/use', { body })).status).toBe(404);
  const browser = visitor();
  expect((await browser.call('POST', 'sign-in', { body: { email: 'ben@example.com', password: body.password } })).status).toBe(200);
  const { items } = (await (await admin('head2@example.com')).call('GET', 'audit?action=password.reset_requested')).body;
  expect(items).toMatchObject([{ actor: { type: 'unknown', email: 'ben@example.com' }, targets: [{ type: 'member', name: 'ben' }] }]);

  await forgotten('ben@example.com');
  const late = await eventually('the second mail', () => mails[1]);
  gateway.clock.now = new Date(gateway.clock.now.getTime() + 61 * 60_000);
  expect((await visitor().call('POST', 'sign-in/links/look', { body: { token: tokenIn(late.body) } })).status).toBe(404);
});

test('nobody learns whether an address has an account, and nobody sends many', async () => {
  await member('cat@example.com');
  await member('sso@example.com', 'viewer', null);
  await gateway.store.singleSignOn.put(gateway.scope.tenantId, { issuer: 'https://id.example.com' }, ['example.com']);
  const answers: (readonly [string, Awaited<ReturnType<typeof forgotten>>])[] = [];
  for (const email of ['nobody@example.com', 'sso@example.com', 'cat@example.com'])
    for (let n = 0; n < 4; n++) answers.push([email, await forgotten(email)] as const);
  const told = (email: string) =>
    answers.filter(([one]) => one === email).map(([, { status, body }]) => [status, status === 429 ? body.type : body]);
  expect(told('cat@example.com')).toEqual([
    [202, {}],
    [202, {}],
    [202, {}],
    [429, 'urn:parley:too_many_attempts'],
  ]);
  expect(told('nobody@example.com')).toEqual(told('cat@example.com'));
  expect(told('sso@example.com')).toEqual(told('cat@example.com'));
  await eventually('three mails', () => mails.length === 3);
  expect(new Set(mails.map(({ to }) => to))).toEqual(new Set(['cat@example.com']));
  await gateway.store.singleSignOn.put(gateway.scope.tenantId, undefined);
  for (let n = 0; n < 8; n++) await forgotten(`spray${n}@example.com`);
  expect((await forgotten('spray@example.com')).status).toBe(429);
});

test('where a tenant has no identity provider any more, people without a password get a link for one', async () => {
  gateway.clock.now = new Date(gateway.clock.now.getTime() + 61 * 60_000);
  const { id } = await member('dot@example.com', 'viewer', null);
  const { store, scope } = gateway;
  await store.singleSignOn.put(scope.tenantId, { issuer: 'https://id.example.com' }, ['example.com']);
  await store.users.bind(id, 'https://id.example.com', 'dot');
  await forgotten('dot@example.com');
  await store.singleSignOn.put(scope.tenantId, undefined);
  await store.users.unbindAll(scope.tenantId);
  await forgotten('dot@example.com');
  const [mail] = await eventually('the mail', () => mails.length > 0 && mails);
  const body = { token: tokenIn(mail!.body), password: 'a password at last' };
  expect((await visitor().call('POST', 'sign-in/links/use', { body })).status).toBe(200);
  expect(mails).toHaveLength(1);
});

test('without a mail server all is as it was', async () => {
  const silent = await startGateway();
  try {
    const browser = silent.browser();
    expect((await browser.call('GET', 'sign-in/forgotten')).body).toEqual({ isPossible: false });
    expect(await browser.call('POST', 'sign-in/forgotten', { body: { email: 'a@example.com' } })).toMatchObject({ status: 409 });
    const key = silent.program(await silent.store.access.createKey('admin', 'admin', silent.scope));
    const { body } = await key.call('POST', 'invitations', { body: { email: 'new@example.com', role: 'viewer' } });
    expect(body).toMatchObject({ url: expect.stringContaining('/#/link/'), mail: null });
  } finally {
    await silent.close();
  }
});
