import { accessSync, constants } from 'node:fs';
import { loadSettings, readEnvironment, type Settings } from '../runtime/config';
import { failStart } from '../runtime/shutdown';
import { bad, type Check, checkMachine, good } from './checks';
import { checkAttachments, checkDatabase, checkGateway, checkProcesses, checkTemporal } from './live-checks';
import { canListen } from './ports';
import { readRecord, recordPath, type StackRecord } from './record';
import { cachedTemporalCli, goVersion, temporalOnPath } from './temporal-cli';

/** Says what is wrong and how to mend it; ends with 1 when something is. */
async function main(): Promise<void> {
  const env = readEnvironment();
  const settings = loadSettings(env);
  let wrong = 0;
  const show = (checks: readonly Check[]): void => {
    for (const { name, ok, detail, mend } of checks) {
      wrong += ok ? 0 : 1;
      console.log(`  ${ok ? 'ok ' : 'BAD'} ${name}: ${detail}${mend ? `. To mend it: ${mend}.` : ''}`);
    }
  };
  console.log('This machine');
  show(await checkMachine(settings.dataDir));
  const record = runningStack(settings.dataDir);
  if (record) {
    console.log(`\nWhat runs (${recordPath(settings.dataDir)})`);
    show(checkProcesses(record));
    const temporal = env.TEMPORAL_ADDRESS ? settings.temporalConnection : { address: record.temporalAddress };
    for (const group of await Promise.all([
      checkDatabase(record.databaseUrl),
      checkTemporal(temporal, settings.temporal.namespace),
      checkGateway(record),
      checkAttachments(settings.attachments.at).then((check) => [check]),
    ]))
      show(group);
  } else if (settings.databaseUrl || env.TEMPORAL_ADDRESS) {
    console.log('\nWhat the environment names');
    if (settings.databaseUrl) show(await checkDatabase(settings.databaseUrl));
    show([await checkAttachments(settings.attachments.at)]);
    if (env.TEMPORAL_ADDRESS) show(await checkTemporal(settings.temporalConnection, settings.temporal.namespace));
  } else {
    console.log('\nBefore npm start');
    show([await checkPort(settings), await checkTemporalCli(settings.cacheDir)]);
  }
  console.log(wrong === 0 ? '\nAll is well.' : `\n${wrong === 1 ? 'One thing is' : `${wrong} things are`} wrong.`);
  process.exit(wrong === 0 ? 0 : 1);
}

function runningStack(dataDir: string): StackRecord | undefined {
  try {
    return readRecord(dataDir);
  } catch {
    return undefined;
  }
}

async function checkPort({ port }: Settings): Promise<Check> {
  if (port === 0 || (await canListen(port))) return good('Port', `${port} is free`);
  return good('Port', `${port} is taken; npm start uses the next free one`);
}

async function checkTemporalCli(cacheDir: string): Promise<Check> {
  const onPath = await temporalOnPath();
  if (onPath) return good('Temporal CLI', onPath);
  const cached = cachedTemporalCli(cacheDir);
  try {
    accessSync(cached, constants.X_OK);
    return good('Temporal CLI', cached);
  } catch {
    const go = await goVersion();
    if (go) return good('Temporal CLI', `will be downloaded, or built once with ${go}`);
    return bad(
      'Temporal CLI',
      'neither on the PATH nor in the cache, and Go is not installed',
      'with access to the internet npm start downloads it; otherwise install the Temporal CLI or Go 1.26',
    );
  }
}

main().catch(failStart);
