import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, Client as Temporal } from '@temporalio/client';
import { Client } from 'pg';
import { dumpDatabase, loadDump } from '../../stack/dump';
import { migrate, migrateTo } from '../../store/migrate';
import { connectionWorkflowId } from '../../workflows/messages';
import { startBareWorldOf } from './bare-world';
import { platforms } from './platforms';
import { questionOf, report } from './tally';
import { longAnswer, streamed, until } from './world';

const folder = mkdtempSync(join(tmpdir(), 'parley-restored-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isLong = (question: string): boolean => question.startsWith('long');
const script = (question: string) =>
  streamed(longAnswer(question, isLong(question) ? 60 : 3), isLong(question) ? 20 : 0.2, isLong(question) ? 40 : 3);

/** Postgres goes back to an earlier day; Temporal knows of chats, sessions, versions and connections that are no more. */
test('an older database behind a newer Temporal: chats go on, nothing stays stuck', async () => {
  const all = await Promise.all([platforms.lark, platforms.dingtalk, platforms.wecom].map((open) => open({ limits: false })));
  const world = await startBareWorldOf(all, { script, trigger: { gatherMs: 0 } });
  const { bare, scope } = world;
  const connection = await Connection.connect({ address: bare.temporalAddress });
  const temporal = new Temporal({ connection });
  const areConnected = () => all.every(({ connections }) => connections() > 0);
  const sayEverywhere = (chat: string, text: string) => {
    for (const platform of all) platform.say(chat, text);
  };
  const answered = async (chat: string, text: string, withinMs = 60_000) => {
    sayEverywhere(chat, text);
    for (const { name, replies } of all)
      await until(
        () => replies(chat).some((reply) => reply.ended && questionOf(reply.text) === text),
        withinMs,
        `an answer to "${text}" on ${name}`,
      );
  };
  try {
    const worker = await bare.startProcess('worker', 'workers/main.ts', ['all']);
    await until(areConnected, 20_000, 'the bots to connect');
    await answered('old', 'first in old');
    await answered('both', 'first in both');

    mkdirSync(join(folder, 'database'));
    const dump = await dumpDatabase(bare.databaseUrl, folder);

    await answered('both', 'second in both');
    await answered('new', 'first in new');
    const { integrations, experts } = bare.store;
    const fields = { channel: 'sandbox', mode: 'local', config: {}, appearance: {}, enabled: true };
    const { id: later } = await integrations.create(scope, { ...fields, name: 'made later' });
    await until(
      async () =>
        (await temporal.workflow
          .getHandle(connectionWorkflowId(later))
          .describe()
          .catch(() => undefined)) !== undefined,
      60_000,
      'its connection',
    );
    for (const { id } of await experts.list(scope, { afterTime: '-infinity', afterId: '00000000-0000-0000-0000-000000000000', limit: 10 }))
      await experts.publish(scope, id);
    sayEverywhere('both', 'long one');
    const streams = ({ replies }: (typeof all)[number]) => replies('both').some(({ ended, text }) => !ended && text !== '');
    await until(() => all.every(streams), 20_000, 'long answers to stream');

    await worker.kill();
    const client = new Client({ connectionString: bare.databaseUrl });
    await client.connect();
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await client.end();
    await migrateTo(bare.databaseUrl, dump.migrations);
    await loadDump(bare.databaseUrl, folder, dump);
    await migrate(bare.databaseUrl);

    const next = await bare.startProcess('worker 2', 'workers/main.ts', ['all']);
    const since = Date.now();
    await until(areConnected, 30_000, 'the bots to connect again');
    const reconnected = Date.now() - since;
    for (const chat of ['old', 'both', 'new', 'never']) {
      const asked = Date.now();
      await answered(chat, `after in ${chat}`, 90_000);
      report(`${chat}: answered on all platforms after ${Date.now() - asked} ms`);
    }
    report(`the links were up after ${reconnected} ms`);
    await until(
      async () => (await temporal.workflow.getHandle(connectionWorkflowId(later)).describe()).status.name !== 'RUNNING',
      90_000,
      'the connection of an integration that is no more to end',
    );
    report(`the unknown connection had ended after ${Date.now() - since} ms`);
    const gauge = async () =>
      Number(/^parley_unended_events (\d+)/m.exec(await (await fetch(`http://127.0.0.1:${next.metricsPort}/metrics`)).text())?.[1]);
    expect(await gauge()).toBe(0);
    const unended = async () => {
      const { rows } = (await bare.store.db.raw('SELECT text FROM events WHERE "end" IS NULL')) as { rows: { text: string }[] };
      return rows.map(({ text }) => text);
    };
    // Where the backup was made between the last frame and its end in the ledger, the sentinel finds it.
    await until(async () => (await unended()).length === 0, 100_000, 'every event to end').catch(() => undefined);
    expect(await unended()).toEqual([]);
  } finally {
    await connection.close();
    await world.stop();
  }
}, 300_000);
