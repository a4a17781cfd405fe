import { readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startGateway, type TestGateway, type Visitor } from '../tests/support/gateway';
import { createApp } from './app';
import { inChinese } from './chinese';

jest.setTimeout(60_000);

let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  gateway = await startGateway();
  key = await gateway.store.access.createKey('admin', 'admin', gateway.scope);
});
afterAll(() => gateway?.close());

const reading = (languages: string): Visitor => gateway.program(key, { 'accept-language': languages });
const fields = async (languages: string, body: unknown) => {
  const reply = await reading(languages).call('POST', 'alerts', { body });
  return { status: reply.status, title: reply.body.title, errors: reply.body.errors, language: reply.headers.get('content-language') };
};

test.each([
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
  ['en-GB,en;q=0.9,zh;q=0.8', 'en'],
  ['fr', 'en'],
])('who reads %s is refused in %s', async (languages, language) => {
  expect((await fields(languages, { name: '' })).language).toBe(language);
});

test('what does not fit is said in Chinese, whoever found it', async () => {
  const unfit = { name: '', channel: 'webhook', config: { url: 'https://example.com' }, kinds: [], colour: 'red' };
  expect(await fields('zh-CN', unfit)).toMatchObject({
    status: 422,
    title: '有字段不符合要求。',
    errors: expect.arrayContaining([
      { path: 'name', message: '数值过小：期望 string >=1 字符' },
      { path: 'kinds', message: '至少选择一种告警' },
      { path: 'colour', message: '是未知字段' },
    ]),
  });
  expect((await fields('en', unfit)).errors).toEqual(
    expect.arrayContaining([
      { path: 'name', message: 'Too small: expected string to have >=1 characters' },
      { path: 'kinds', message: 'must name at least one kind' },
      { path: 'colour', message: 'is not known here' },
    ]),
  );
});

test('what a sentence names stays in it', async () => {
  const reply = await reading('zh').call('POST', 'experts', { body: { name: 'x', backend: 'oracle' } });
  expect(reply.body.errors).toEqual([{ path: 'backend', message: expect.stringMatching(/^须为以下之一：.*echo/) }]);
});

test('and a name is never taken for a sentence', () => {
  expect(inChinese('No call of the platform to from Bob was verified yet.')).toBe('尚未收到平台对 from Bob 的有效回调。');
});

test('a body is refused with the limit of its own route', async () => {
  const big = { body: { text: 'x'.repeat(1_100_000) } };
  const signIn = await gateway.browser().call('POST', 'sign-in', big);
  expect(signIn).toMatchObject({ status: 413, body: { title: 'The body is larger than 20 kB.' } });
  expect(await reading('en').call('POST', 'alerts', big)).toMatchObject({ status: 413, body: { title: 'The body is larger than 1 MB.' } });
  expect((await reading('zh').call('POST', 'alerts', big)).body.title).toBe('请求体超过 1 MB。');
});

test('a gateway that lacks what it needs says so as a problem', async () => {
  const silence = { subscribe: () => () => undefined, close: async () => undefined };
  const ready = () => Promise.reject(new Error('away'));
  const app = await createApp({ ...gateway.deps, ready }, { memory: silence, status: silence });
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toEqual({
      ...{ type: 'urn:parley:unavailable', title: 'Not ready: the database or Temporal does not answer.', status: 503 },
    });
  } finally {
    server.close();
  }
});

/** Sentences as the sources write them, `…` for what they name. */
function sentences(): string[] {
  const folders = [__dirname, join(__dirname, 'api')];
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const sources = files.filter((name) => /\.ts$/.test(name) && !/\.(test|scene)\.ts$|webhooks|sign-in-account|expert-try/.test(name));
  const literal = String.raw`('(?:[^'\\]|\\.)+'|\`(?:[^\`\\]|\\.)+\`)`;
  const places = [`new Refusal\\(\\s*\\d+,\\s*'\\w+',\\s*${literal}`, `message: ${literal}`, `\\btitle: ${literal},\\s*status`];
  const found = sources.flatMap((name) => {
    const source = readFileSync(name, 'utf8');
    return places.flatMap((place) => [...source.matchAll(new RegExp(place, 'g'))].map(([, one = '']) => one));
  });
  return [...new Set(found)].map((one) =>
    one
      .slice(1, -1)
      .replace(/\\`/g, '`')
      .replace(/\$\{[^}]*\}/g, '…'),
  );
}

/** Of the checks: what ends in a full stop in the sources that make them. */
function sentencesOfChecks(): string[] {
  const channels = join(__dirname, '..', 'channels');
  const probes = readdirSync(channels, { recursive: true, encoding: 'utf8' }).filter((name) => /probe\.ts$/.test(name));
  const own = ['callback', 'connections', 'probing'].map((name) => join(__dirname, 'api', `${name}.ts`));
  return wholeSentences([...probes.map((name) => join(channels, name)), ...own]);
}

/** Of links: the same in the sources that say why one is not up. */
function sentencesOfLinks(): string[] {
  const places = {
    domain: ['connection'],
    activities: ['hold-connection', 'watch-by-probe'],
    'channels/lark': ['listen', 'discovery', 'http'],
    'channels/dingtalk': ['listen', 'client', 'account', 'http'],
    'channels/wecom': ['listen', 'client', 'http'],
  };
  return wholeSentences(
    Object.entries(places).flatMap(([folder, names]) => names.map((name) => join(__dirname, '..', folder, `${name}.ts`))),
  );
}

function wholeSentences(files: readonly string[]): string[] {
  const literal = /'((?:[^'\\\n]|\\.)*\.)'|"((?:[^"\\\n]|\\.)*\.)"|`([^`]*\.)`/g;
  return files.flatMap((name) =>
    [...readFileSync(name, 'utf8').matchAll(literal)].map((found) => (found[1] ?? found[2] ?? found[3] ?? '').replace(/\\(.)/g, '$1')),
  );
}

/** Several sentences in one; with what they name they stand in the list. */
const JOINED = [/^ Cards show no buttons/, /^Token and AES key are set\.\$/, /long \$\{count/, /^Copy App ID and App Secret/];

/** What they name is a word of ours, and the list holds them with each of these. */
const SEVERAL = [
  ...['There is no such ….', 'is no … of this file or organization', 'cannot be used here. …', 'The expert “…” … on the integration “…”.'],
  'Two … are called "…": rename one, for a file tells them apart by name.',
  'The settings of the … "…" cannot be read: enter them again, or put the key they were sealed with back.',
];

test('every sentence of a refusal stands in the Chinese list', () => {
  const all = sentences().filter((one) => !SEVERAL.includes(one));
  expect(all.length).toBeGreaterThan(60);
  expect(all.filter((one) => !/\p{Script=Han}/u.test(inChinese(one)))).toEqual([]);
});

test('and so does every sentence of a check', () => {
  const all = sentencesOfChecks().filter((one) => !JOINED.some((joined) => joined.test(one)));
  expect(all.length).toBeGreaterThan(40);
  expect(all.filter((one) => !/\p{Script=Han}/u.test(inChinese(one)))).toEqual([]);
});

test('and of why a link is not up, with what a platform means by a code', () => {
  const ofFiles = /file|Another process holds/;
  const all = sentencesOfLinks()
    .filter((one) => !ofFiles.test(one) && /^[A-Z$]/.test(one))
    .map((one) => one.replace(/\$\{[^}]*\}/g, '…'));
  expect(all.length).toBeGreaterThan(30);
  expect(all.filter((one) => !/\p{Script=Han}/u.test(inChinese(one)))).toEqual([]);
  expect(inChinese('Lark refused token (code 10014, HTTP 200): the app secret is wrong.')).toBe(
    '飞书拒绝了 token（代码 10014，HTTP 200）：App Secret 错误。',
  );
});
