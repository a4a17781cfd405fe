import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { HISTORIES } from '../tests/support/stage';
import { type HistoryJson, workflowBundle } from '../tests/support/temporal';

// Recorded by the other tests of this folder, when UPDATE_HISTORIES is set. Whoever changes a workflow on purpose puts the change behind
// `patched()`; a history is recorded anew only together with a new kind of course, never to make this test pass.
const names = readdirSync(HISTORIES).filter((file) => file.endsWith('.json'));
const read = (file: string): HistoryJson => JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')) as HistoryJson;

it('chats and links that have run with earlier code go on with this one', async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const histories = names.map((file) => ({ workflowId: file, history: historyFromJSON(read(file)) }));
  const failed: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, histories))
    if (error) failed.push(`${workflowId}: ${error.message}`);
  expect(failed).toEqual([]);
}, 60_000);

it('covers every course that a chat or a link can take', () => {
  expect(names.map((file) => file.replace('.json', '')).sort()).toEqual(
    [
      ...['plain', 'gathered', 'stopped', 'queued', 'interrupted', 'timed-out', 'new-session-first', 'new-session-second'],
      ...['continued-from', 'continued-as-new', 'drained', 'held', 'parked', 'probed', 'reconfigured'],
      ...['replies-queue', 'replies-queue-expired', 'stop-refused', 'stopped-by-owner', 'told-before-the-end'],
    ].sort(),
  );
});

it('holds no content: payloads know ids, numbers and words of ours', () => {
  const words = new Set<string>();
  for (const file of names)
    for (const [, data] of readFileSync(join(HISTORIES, file), 'utf8').matchAll(/"data": "([A-Za-z0-9+/=]+)"/g))
      collectKeys(JSON.parse(Buffer.from(data!, 'base64').toString()), words);
  for (const word of ['text', 'name', 'title', 'address', 'sender', 'attachments', 'config']) expect([...words]).not.toContain(word);
});

function collectKeys(value: unknown, into: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    into.add(key);
    collectKeys(inner, into);
  }
}
