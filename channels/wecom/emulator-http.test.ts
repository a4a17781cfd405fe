import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '../../tests/support/eventually';
import { localPorts } from '../../tests/support/ports';
import type { WebhookCall } from '../channel';
import { startWecomHttpEmulator, type WecomHttpEmulator } from './emulator/http';
import { receiveWebhook } from './webhook';

let emulator: WecomHttpEmulator;

beforeEach(async () => {
  emulator = await startWecomHttpEmulator({ pollEveryMs: 5 });
});
afterEach(() => emulator.close());

const json = async (path: string, body?: unknown): Promise<Record<string, unknown>> => {
  const response = await fetch(`${emulator.url}/cgi-bin/${path}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  return (await response.json()) as Record<string, unknown>;
};
const token = async (): Promise<string> => {
  const { corpId, corpSecret } = emulator.app;
  return String((await json(`gettoken?corpid=${corpId}&corpsecret=${corpSecret}`)).access_token);
};
const words = (content: string, more = {}) => ({
  touser: 'ann',
  msgtype: 'text',
  agentid: emulator.app.agentId,
  text: { content },
  ...more,
});

describe("the emulator's HTTP API", () => {
  it('asks for a token that is known and fresh', async () => {
    const access = await token();
    expect(await json('message/send', words('a'))).toMatchObject({ errcode: 41001 });
    expect(await json('message/send?access_token=none', words('a'))).toMatchObject({ errcode: 40014 });
    expect(await json(`message/send?access_token=${access}`, words('a'))).toMatchObject({ errcode: 0 });
    emulator.advance(7201_000);
    expect(await json(`message/send?access_token=${access}`, words('b'))).toMatchObject({ errcode: 42001 });
    expect(emulator.sent()).toHaveLength(1);
  });

  it('drops what is said twice only where it is asked to, and in silence what is too much', async () => {
    const access = await token();
    const once = words('same', { enable_duplicate_check: 1 });
    for (const body of [once, once, words('same')]) await json(`message/send?access_token=${access}`, body);
    expect(emulator.sent()).toHaveLength(2);
    for (let n = 0; n < 29; n++) expect(await json(`message/send?access_token=${access}`, words(String(n)))).toMatchObject({ errcode: 0 });
    expect(emulator.sent()).toHaveLength(30);
    expect(emulator.violations()).toEqual(['more than 30 messages a minute']);
  });

  it('cuts what is longer than a message, and says who was not reached', async () => {
    const access = await token();
    emulator.stranger('bob');
    const answer = await json(`message/send?access_token=${access}`, words('x'.repeat(3000), { touser: 'ann|bob' }));
    expect(answer).toMatchObject({ errcode: 0, invaliduser: 'bob' });
    expect([emulator.sent()[0]!.text.length, emulator.violations().length]).toEqual([2048, 1]);
    expect(await json(`message/send?access_token=${access}`, words('x', { touser: 'bob' }))).toMatchObject({ errcode: 81013 });
  });

  it('takes one late answer to a message, within the hour', async () => {
    const [first, second] = [emulator.message({ text: 'a' }), emulator.message({ text: 'b' })];
    const late = (body: typeof first): Promise<Record<string, unknown>> =>
      json(String(body.response_url).split('/cgi-bin/')[1]!, { msgtype: 'markdown', markdown: { content: 'late' } });
    expect([await late(first), await late(first)]).toMatchObject([{ errcode: 0 }, { errcode: 40058 }]);
    emulator.advance(3_600_001);
    expect(await late(second)).toMatchObject({ errcode: 40058 });
    expect(emulator.late()).toEqual([expect.objectContaining({ msgid: first.msgid, content: 'late' })]);
  });
});

describe("the emulator's streams", () => {
  const ports = localPorts();
  const receive = (call: WebhookCall) => receiveWebhook(emulator.bot, call, async () => ({ fresh: true }), ports);

  it('are asked for until they are finished, over HTTP too', async () => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const query = Object.fromEntries(new URL(request.url!, 'http://x').searchParams);
        const call = { method: 'POST', headers: {}, query, body: Buffer.concat(chunks), now: emulator.now() } as const;
        receive(call).then(
          ({ status, body }) => response.writeHead(status).end(body),
          () => response.writeHead(500).end(),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    emulator.receiverAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/1`);
    await emulator.say({ text: 'hello' });
    await eventually(() => emulator.streams()[0]!.frames.length > 3);
    emulator.advance(340_000);
    await eventually(() => emulator.streams()[0]!.finished);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('are given up after six minutes', async () => {
    emulator.receiver(receive);
    await emulator.say({ text: 'hello' });
    await emulator.pausePolling(true);
    emulator.advance(360_001);
    await emulator.pollAll();
    expect(emulator.streams()[0]).toMatchObject({ finished: false, expired: true });
  });
});
