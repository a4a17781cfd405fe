import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { startOpenAiEmulator } from '../../agents/openai.emulator';
import { startDingTalkEmulator } from '../../channels/dingtalk/emulator';
import { startLarkEmulator } from '../../channels/lark/emulator';
import { openStore } from '../../store';
import { type ApiTester, createApiTester, until } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

/** Each stands for something that only Postgres may keep; found anywhere else, its name says what leaked. */
const plant = (what: string): string => `planted-${what}-8d1f`;
const planted = {
  secrets: [
    'lark-secret',
    'dingtalk-secret',
    'api-key',
    'webhook-token',
    'encrypt-key',
    'hook-secret',
    'password',
    'passphrase',
    'smtp-password',
  ].map(plant),
  names: ['lark-person', 'dingtalk-person', 'sandbox-person', 'file-name'].map(plant),
  texts: [
    ...[
      'lark-question',
      'dingtalk-question',
      'sandbox-question',
      'answer',
      'failing-question',
      'service-words',
      'command-text',
      'group-talk',
    ],
    ...['stopped-question', 'search-words', 'unsigned-body', 'wrong-field', 'file-text', 'prompt'],
  ].map(plant),
};
const everything = [...planted.secrets, ...planted.names, ...planted.texts];

let stack: RunningStack;
let api: ApiTester;
let lark: Awaited<ReturnType<typeof startLarkEmulator>>;
let dingtalk: Awaited<ReturnType<typeof startDingTalkEmulator>>;
let ai: Awaited<ReturnType<typeof startOpenAiEmulator>>;

beforeAll(async () => {
  [lark, dingtalk, ai] = await Promise.all([
    startLarkEmulator({ appSecret: plant('lark-secret'), limits: 'off' }),
    startDingTalkEmulator({ clientSecret: plant('dingtalk-secret'), limits: 'off' }),
    startOpenAiEmulator({
      script: (question) =>
        question.includes('failing')
          ? { status: 400, body: JSON.stringify({ error: { message: plant('service-words') } }) }
          : question.includes('stopped')
            ? { chunks: Array.from({ length: 200 }, () => plant('answer')), delayMs: 100 }
            : { chunks: ['Here: ', plant('answer')] },
    }),
  ]);
  const env = {
    LOG_LEVEL: 'trace',
    PARLEY_SMTP_URL: `smtp://u:${plant('smtp-password')}@127.0.0.1:9`,
    PARLEY_MAIL_FROM: 'parley@example.com',
  };
  stack = await startStack({ env });
  api = createApiTester(stack);
});

afterAll(async () => {
  await stack?.stop();
  await Promise.all([lark?.close(), dingtalk?.close(), ai?.close()]);
});

async function bot(channel: string, mode: string, config: object): Promise<string> {
  const { id } = await api.make('integrations', { name: channel, channel, mode, config });
  const settings = { baseUrl: ai.url, apiKey: plant('api-key'), model: 'm', systemPrompt: plant('prompt') };
  const expert = await api.make('experts', { name: channel, backend: 'openai', config: settings });
  await api.make(`experts/${expert.id}/triggers`, { integrationId: id, gatherMs: 100 });
  await api.call('POST', `experts/${expert.id}/publish`);
  return id;
}

/** People on two platforms and in the sandbox ask, fail, stop and command; administrators and strangers make mistakes. */
async function wholeRun(): Promise<void> {
  const { appId, appSecret, domain } = lark.config;
  const [, , sandbox, webhook] = await Promise.all([
    bot('lark', 'long_connection', { appId, appSecret, domain }),
    bot('dingtalk', 'stream', dingtalk.config),
    bot('sandbox', 'local', {}),
    bot('lark', 'webhook', { appId, appSecret, domain, encryptKey: plant('encrypt-key'), verificationToken: plant('webhook-token') }),
  ]);
  await until(async () => lark.connections() > 0 && dingtalk.connections() > 0);
  lark.setPerson('ou_planted', { name: plant('lark-person') });
  dingtalk.setPerson('planted', { name: plant('dingtalk-person') });

  const asked = lark.say({ chatId: 'oc_a', text: plant('lark-question'), senderId: 'ou_planted' });
  lark.say({ chatId: 'oc_b', text: plant('failing-question'), senderId: 'ou_planted' });
  lark.say({ chatId: 'oc_c', text: plant('stopped-question'), senderId: 'ou_planted' });
  lark.say({ chatId: 'oc_g', chatType: 'group', mentionsBot: false, text: plant('group-talk'), senderId: 'ou_planted' });
  dingtalk.say({ chatId: 'cid_a', text: plant('dingtalk-question'), senderId: 'planted' });
  const upload = await fetch(`${stack.stack.apiUrl}/sandbox/${sandbox}/files?name=${plant('file-name')}.txt`, {
    ...{
      method: 'POST',
      body: plant('file-text'),
      headers: { authorization: `Bearer ${stack.stack.apiKey}`, 'content-type': 'text/plain' },
    },
  });
  const { fileId } = (await upload.json()) as { fileId: string };
  const message = { chat: 'c', sender: plant('sandbox-person'), text: plant('sandbox-question'), attachments: [{ fileId }] };
  expect((await api.call('POST', `sandbox/${sandbox}/messages`, message)).status).toBe(202);
  await until(async () => lark.cards('oc_a').some(({ replyTo, closed }) => replyTo === asked && closed));
  await until(async () => lark.cards('oc_b').some(({ closed }) => closed));
  await until(async () => lark.cards('oc_c').some(({ text }) => text.includes(plant('answer'))));
  lark.say({ chatId: 'oc_c', text: '/stop', senderId: 'ou_planted' });
  lark.say({ chatId: 'oc_a', text: `/new ${plant('command-text')}`, senderId: 'ou_planted' });
  await until(async () => lark.cards('oc_a').filter(({ closed }) => closed).length >= 2);
  await until(async () => lark.cards('oc_c').every(({ closed }) => closed));
  await until(async () => dingtalk.replies('cid_a').some(({ text, closed }) => closed && text.includes(plant('answer'))));
  await api.answered(sandbox);

  await api.call('GET', `conversations?q=${plant('search-words')}`);
  await api.call('POST', 'integrations', {
    name: 'x',
    channel: 'lark',
    config: { appSecret: plant('lark-secret'), [plant('wrong-field')]: 1 },
  });
  await api.call('POST', 'sign-in', { email: 'nobody@example.com', password: plant('password') });
  await api.call('POST', 'configuration/export', { passphrase: plant('passphrase') });
  const hook = {
    name: 'hook',
    channel: 'webhook',
    config: { url: `http://127.0.0.1:9/${plant('webhook-token')}`, secret: plant('hook-secret') },
  };
  for (const alert of [hook, { name: 'mail', channel: 'mail', config: { to: ['ops@example.com'] } }]) {
    const { id } = await api.make('alerts', alert);
    expect((await api.call('POST', `alerts/${id}/test`)).body).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('cannot be reached'),
    });
  }
  const stranger = await fetch(`${stack.stack.consoleUrl}webhooks/${webhook}`, {
    method: 'POST',
    body: JSON.stringify({ text: plant('unsigned-body') }),
  });
  expect(stranger.status).toBe(401);
}

/** Where each planted word stands in a text, payloads of Temporal decoded. */
function found(where: string, text: string): string[] {
  const decoded = [...text.matchAll(/"data": ?"([A-Za-z0-9+/=]{8,})"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString('utf8'),
  );
  const all = [text, ...decoded].join('\n');
  return everything.filter((word) => all.includes(word)).map((word) => `${word} in ${where}`);
}

async function inTemporal(): Promise<{ readonly leaks: string[]; readonly workflows: number }> {
  const connection = await Connection.connect({ address: stack.stack.temporalAddress });
  const { workflow } = new Client({ connection });
  const leaks: string[] = [];
  let workflows = 0;
  for await (const { workflowId, runId, raw } of workflow.list()) {
    workflows += 1;
    leaks.push(...found(`the visibility record of ${workflowId}`, JSON.stringify(raw)));
    const handle = workflow.getHandle(workflowId, runId);
    leaks.push(...found(`the history of ${workflowId}`, JSON.stringify(historyToJSON(await handle.fetchHistory()))));
    leaks.push(...found(`the description of ${workflowId}`, JSON.stringify((await handle.describe()).raw)));
  }
  await connection.close();
  return { leaks, workflows };
}

const inFiles = (folder: string, names: RegExp): string[] =>
  readdirSync(folder)
    .filter((name) => names.test(name))
    .flatMap((name) => {
      const bytes = readFileSync(join(folder, name));
      return everything.filter((word) => bytes.includes(word)).map((word) => `${word} in ${name}`);
    });

test('no secret, name or word of a whole run stands in a log or in Temporal', async () => {
  await wholeRun();
  // The words were really there: this test would find them.
  const store = openStore({
    databaseUrl: stack.stack.databaseUrl,
    secretKey: readFileSync(join(stack.dataDir, 'secret.key'), 'utf8').trim(),
  });
  const kept = JSON.stringify([(await store.db.raw('SELECT text FROM events')).rows, (await store.db.raw('SELECT name FROM people')).rows]);
  await store.close();
  for (const what of ['lark-question', 'dingtalk-question', 'sandbox-question', 'failing-question', 'command-text', 'sandbox-person'])
    expect(kept).toContain(plant(what));

  const { leaks, workflows } = await inTemporal();
  expect(workflows).toBeGreaterThan(8);
  expect(leaks).toEqual([]);
  expect(inFiles(stack.dataDir, /^temporal\.db/)).toEqual([]);
  expect(inFiles(join(stack.dataDir, 'logs'), /\.log/)).toEqual([]);
  expect(readdirSync(join(stack.dataDir, 'logs'))).toEqual(expect.arrayContaining(['gateway.log', 'postgres.log']));
  expect(everything.filter((word) => stack.output().includes(word))).toEqual([]);
});
