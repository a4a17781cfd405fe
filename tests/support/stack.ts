import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { signalTo, startTimeOf } from '../../stack/processes';
import { readRecord, recordPath, type StackRecord } from '../../stack/record';
import { ROOT } from '../../stack/root';

export interface RunningStack {
  /** `stack.json` as it is now: process numbers change when processes are restarted. */
  readonly stack: StackRecord;
  readonly dataDir: string;
  /** Everything the stack has written to its terminal. */
  output(): string;
  /** Calls the API with the demo key; a plain object as body is sent as JSON. */
  api(path: string, init?: ApiCall): Promise<Response>;
  /** Sends a signal, SIGKILL unless told otherwise, to one process of `stack.json`; answers with its number. */
  killProcess(name: string, signal?: NodeJS.Signals): number;
  /** Ends everything as Ctrl-C does and, unless the folder was given, removes the data. */
  stop(): Promise<void>;
}

export interface ApiCall {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface StartStackOptions {
  /** Kept after `stop`; without it a new folder is made and removed. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly withinMs?: number;
}

// What a developer's environment or .env file names must not be what a test works on.
const OWN_PARTS = {
  NODE_ENV: '',
  DATABASE_URL: '',
  TEMPORAL_ADDRESS: '',
  PARLEY_SECRET_KEY: '',
  OPENAI_BASE_URL: '',
  OPENAI_API_KEY: '',
  OPENAI_MODEL: '',
};

/** Runs what `npm start` runs and waits until everything is ready. */
export async function startStack({
  dataDir: given,
  env = {},
  port = 0,
  withinMs = 120_000,
}: StartStackOptions = {}): Promise<RunningStack> {
  const dataDir = given ?? mkdtempSync(join(tmpdir(), 'parley-stack-'));
  const supervisor = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'stack', 'main.ts')], {
    cwd: ROOT,
    env: { ...process.env, ...OWN_PARTS, PORT: String(port), PARLEY_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [supervisor.stdout, supervisor.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const stop = async (): Promise<void> => {
    await end(supervisor, existsSync(recordPath(dataDir)) ? Object.values(readRecord(dataDir).processes) : []);
    if (given === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  const deadline = Date.now() + withinMs;
  while (!(output.includes('Parley is up') && existsSync(recordPath(dataDir)))) {
    if (supervisor.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`The stack did not start:\n${output}`);
    }
    await wait(50);
  }
  return running(dataDir, () => output, stop);
}

function running(dataDir: string, output: () => string, stop: () => Promise<void>): RunningStack {
  let last = readRecord(dataDir);
  const current = (): StackRecord => {
    if (existsSync(recordPath(dataDir))) last = readRecord(dataDir);
    return last;
  };
  return {
    get stack() {
      return current();
    },
    dataDir,
    output,
    stop,
    api(path, { method = 'GET', body, headers = {}, signal } = {}) {
      const { apiUrl, apiKey } = last;
      return fetch(`${apiUrl}/${path.replace(/^\//, '')}`, {
        method,
        headers: { authorization: `Bearer ${apiKey}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...(signal && { signal }),
      });
    },
    killProcess(name, signal = 'SIGKILL') {
      const pid = current().processes[name];
      if (pid === undefined) throw new Error(`The stack has no process ${name}.`);
      signalTo(pid, signal);
      return pid;
    },
  };
}

async function end(supervisor: ChildProcess, processes: readonly number[]): Promise<void> {
  const pid = supervisor.pid;
  if (pid === undefined) return;
  const gone = new Promise((resolve) => supervisor.once('close', resolve));
  if (supervisor.exitCode === null && supervisor.signalCode === null) {
    signalTo(pid, 'SIGINT');
    await Promise.race([gone, wait(15_000, undefined, { ref: false })]);
    signalTo(pid, 'SIGKILL');
  }
  for (let attempt = 0; attempt < 100 && processes.some((one) => startTimeOf(one) !== undefined); attempt++) await wait(50);
}
