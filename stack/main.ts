import { relative } from 'node:path';
import { loadSettings, readEnvironment } from '../runtime/config';
import { failStart, onShutdown } from '../runtime/shutdown';
import { recordPath, type StackRecord } from './record';
import { createScreen, duration } from './screen';
import { openStack } from './start';

async function main(): Promise<void> {
  const started = Date.now();
  const screen = createScreen();
  const env = readEnvironment();
  const settings = loadSettings(env);
  const stack = await openStack({
    settings,
    env,
    screen,
    onGiveUp(reason) {
      screen.line(`\n${reason.message}\n`);
      void shutdown(1);
    },
  });
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    screen.line('\nStopping …');
    await stack.stop();
    screen.line('Stopped; nothing runs any more.');
  };
  const quiet = { info: () => undefined, warn: () => screen.line('Not everything ended in time.') };
  const shutdown = onShutdown([{ name: 'stack', run: stop, deadlineMs: 15_000 }], { log: quiet, signals: ['SIGINT', 'SIGTERM', 'SIGHUP'] });

  if (env.npm_lifecycle_event) whenParentEnds(() => void shutdown());
  screen.line(`Parley starts; its data lies in ${settings.dataDir}`);
  try {
    welcome(await stack.start(), settings.dataDir, Date.now() - started, screen.line);
  } catch (error) {
    if (!stopping) screen.line(`\n${error instanceof Error ? error.message : String(error)}\n`);
    await shutdown(1);
  }
}

/** Nobody could reach what an `npm start` that was killed has left behind. */
function whenParentEnds(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, 1000);
  timer.unref();
}

function welcome(record: StackRecord, dataDir: string, tookMs: number, line: (text: string) => void): void {
  const near = relative(process.cwd(), recordPath(dataDir));
  const file = near.startsWith('..') ? recordPath(dataDir) : near;
  line(`
Parley is up (${duration(tookMs)}).

  Console       ${record.consoleUrl}
  Sandbox       ${record.consoleUrl}#/sandbox
  Temporal UI   ${record.temporalUiUrl || `see ${record.temporalAddress}`}
  API           ${record.apiUrl} (key: "apiKey" in ${file})
  In a terminal npm run chat
  Something off npm run doctor

Ctrl-C stops everything.
`);
}

// Who reads the output may leave first; the stack goes on.
process.stdout.on('error', () => undefined);
main().catch(failStart);
