import { loadSettings } from '../runtime/config';
import { failStart } from '../runtime/shutdown';
import { migrate } from '../store/migrate';
import { readRecord } from './record';

/** Brings the database of DATABASE_URL, or of the running embedded stack, to the newest schema. */
async function main(): Promise<void> {
  const { databaseUrl, dataDir } = loadSettings();
  const applied = await migrate(databaseUrl ?? readRecord(dataDir).databaseUrl);
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}.`);
}

main().catch(failStart);
