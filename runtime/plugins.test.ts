import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Question } from '../agents/backend';
import { ConfigError } from '../domain/errors';
import type { InboundEvent } from '../domain/event';
import { loadPlugins } from './plugins';

const EXAMPLES = [resolve('examples/faq-backend'), resolve('examples/outbox-channel')];
const folder = mkdtempSync(join(tmpdir(), 'parley-plugins-'));
mkdirSync(join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An installed package whose only file says this. */
function install(name: string, code: string): string {
  const home = join(folder, 'node_modules', name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  writeFileSync(join(home, 'index.js'), code);
  return name;
}
const whyNot = (...names: string[]): unknown => {
  try {
    return loadPlugins(names, folder);
  } catch (error) {
    return error instanceof ConfigError ? error.message : error;
  }
};

describe('the examples', () => {
  const plugins = loadPlugins(EXAMPLES);

  it('stand beside what comes with Parley', () => {
    expect(plugins.channels.map(({ name }) => name)).toEqual(['lark', 'dingtalk', 'wecom', 'sandbox', 'acme-outbox']);
    expect(plugins.findBackend('acme-faq')?.title.en).toBe('FAQ (Acme)');
    expect([plugins.packageOf('acme-outbox'), plugins.packageOf('lark')]).toEqual([EXAMPLES[1], undefined]);
  });

  it('answer: the backend from its list', async () => {
    const faq = plugins.findBackend('acme-faq')!;
    const config: unknown = faq.config.parse({ entries: [{ words: 'holiday', answer: 'Thirty days a year.' }] });
    const ask = async (text: string) => {
      const question: Question = { turnId: 't', text, attachments: [], asker: { id: 'ann' }, history: [], sessionId: 's' };
      const parts = [];
      for await (const part of faq.ask(config, question, new AbortController().signal)) parts.push(part);
      expect(parts.at(-1)).toEqual({ kind: 'done', finish: 'stop' });
      return parts.map((part) => (part.kind === 'text' ? part.delta : '')).join('');
    };
    expect(await ask('How many HOLIDAYS?')).toBe('Thirty days a year.');
    expect(await ask('Why?')).toBe('I do not know that one.');
  });

  describe('the channel', () => {
    const secret = 'a secret of both sides';
    const signed = (body: string) => createHmac('sha256', secret).update(body).digest('hex');
    const taken: { signature: unknown; body: Record<string, unknown> }[] = [];
    let status = 200;
    let server: Server;
    let config: unknown;
    const outbox = plugins.findChannel('acme-outbox')!;
    const ports = {
      memory: { get: async () => undefined, put: async () => undefined, compareAndSet: async () => true },
      ...{ budget: { take: async () => undefined, pause: async () => undefined }, called: () => undefined },
    };

    beforeAll(async () => {
      server = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        request.on('end', () => {
          taken.push({
            signature: request.headers['x-outbox-signature'] === signed(body),
            body: JSON.parse(body) as Record<string, unknown>,
          });
          response.writeHead(status).end();
        });
      }).listen(0, '127.0.0.1');
      await new Promise((listening) => server.once('listening', listening));
      config = outbox.modes[0]!.config.parse({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, secret });
    });
    afterAll(() => server?.close());

    it('takes what is signed, and refuses the rest with our own errors', async () => {
      const events: InboundEvent[] = [];
      const deliver = async (event: InboundEvent) => {
        events.push(event);
        return { fresh: true };
      };
      const receive = (body: string, signature: string) =>
        outbox.receive!(
          config,
          { method: 'POST', headers: { 'x-outbox-signature': signature }, query: {}, body: Buffer.from(body), now: 1 },
          deliver,
          ports,
        );
      const message = JSON.stringify({ id: 'm1', user: 'ann', text: '你好' });
      expect(await receive(message, signed(message))).toEqual({ status: 200 });
      expect(events).toMatchObject([{ id: 'm1', text: '你好', address: { chatId: 'ann', kind: 'private' } }]);
      await expect(receive(message, signed('else'))).rejects.toMatchObject({
        name: 'Refusal',
        status: 401,
        code: 'bad_signature',
        errors: [],
      });
      await expect(receive('{', signed('{'))).rejects.toMatchObject({ name: 'Refusal', status: 400 });
    });

    it('shows a reply under one id, to its end', async () => {
      const messenger = outbox.messenger(config, ports);
      const view = { state: 'thinking', text: '', language: 'en', steps: [] } as const;
      const reply = await messenger.beginReply(
        { chatId: 'ann', kind: 'private' },
        { id: 'turn', epoch: 1 },
        view,
        undefined,
        async () => undefined,
      );
      await messenger.finishReply(reply, { ...view, state: 'done', text: 'Hello.' }, async () => undefined);
      expect(taken.map(({ body }) => [body.id, body.state, body.text])).toEqual([
        ['turn', 'thinking', ''],
        ['turn', 'done', 'Hello.'],
      ]);
      expect(taken.every(({ signature }) => signature === true)).toBe(true);
      status = 503;
      const failing = messenger.say({ chatId: 'ann', kind: 'private' }, 'x', 'k');
      await expect(failing).rejects.toMatchObject({ name: 'ChannelError', code: 'server_error', retryable: true });
      expect((await outbox.probe(config, 'webhook')).ok).toBe(false);
      status = 200;
      expect((await outbox.probe(config, 'webhook')).ok).toBe(true);
    });
  });
});

describe('a package that does not fit is told in one sentence', () => {
  const backend = (fields: string) => `
    const { z } = require(${JSON.stringify(require.resolve('zod'))});
    exports.backend = { name: 'acme', title: { en: 'Acme', zh: 'Acme' }, config: z.object({}), historyTurns: () => 0, async *ask() {}, ${fields} };`;

  it.each([
    ['is not there', 'acme-missing', undefined, 'it, or something it needs, is not installed'],
    ['breaks', 'acme-broken', 'throw new Error("no licence");', 'loading it failed (Error: no licence)'],
    ['exports nothing of ours', 'acme-empty', 'exports.other = 1;', 'it exports neither "channel" nor "backend"'],
    [
      'has no name',
      'acme-nameless',
      backend('name: "Not A Name"'),
      'as a backend, its "name" must be lower-case letters, digits and hyphens',
    ],
    ['speaks one language', 'acme-mute', backend('title: "Acme"'), 'as a backend, its "title" must hold words in "en" and "zh"'],
    ['has no schema', 'acme-formless', backend('config: {}'), 'as a backend, its "config" must be a zod 4 schema'],
    ['cannot be asked', 'acme-deaf', backend('ask: 1'), 'as a backend, the function "ask" is missing'],
    ['has a name that is taken', 'acme-echo', backend('name: "echo"'), 'there is a backend named "echo" already'],
    [
      'has half a channel',
      'acme-half',
      'exports.channel = { name: "half" };',
      'as a channel, its "title" must hold words in "en" and "zh"',
    ],
  ])('%s', (_, name, code, why) => {
    if (code !== undefined) install(name, code);
    expect(whyNot(name)).toBe(`PARLEY_PLUGINS names "${name}", which cannot be used: ${why}.`);
  });

  it('and one that fits is loaded by its name, also where it is an ES module’s default', () => {
    const name = install('@acme/fits', `${backend('')} module.exports = { default: { backend: exports.backend } };`);
    expect(loadPlugins([name], folder).findBackend('acme')).toBeDefined();
    expect(whyNot(name, name)).toMatch(/there is a backend named "acme" already\.$/);
  });
});
