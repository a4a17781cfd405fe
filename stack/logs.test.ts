import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogs } from './logs';

const dataDir = mkdtempSync(join(tmpdir(), 'parley-logs-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

test('everything goes to the file of the part, only warnings and worse to the terminal', () => {
  const logs = createLogs(dataDir);
  expect(logs.keep('gateway', '{"level":30,"msg":"listening"}')).toBeUndefined();
  expect(logs.keep('gateway', 'plain text')).toBeUndefined();
  expect(logs.keep('gateway', '{"level":50,"msg":"lost","err":{"message":"socket closed"}}')).toBe(
    '  gateway: error: lost (socket closed)',
  );
  expect(readFileSync(join(dataDir, 'logs', 'gateway.log'), 'utf8').split('\n')).toHaveLength(4);
});
