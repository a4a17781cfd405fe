import { cpus } from 'node:os';
import { startGateway } from '../tests/support/gateway';
import { percentile } from './figures';
import { measurePages } from './large-pages';
import { type Seeded, seedLarge } from './seed-large';

/** Each has ten events. */
const CONVERSATIONS = Number(process.argv[2] ?? 100_000);
const TIMES = 15;
const TARGET_MS = 300;
const PAGE_TARGET_MS = 1000;
const DAY_MS = 86_400_000;

/** What the console's pages ask for, by name. */
function requests({ integrationIds, expertIds, personId, chat, conversationId }: Seeded): Readonly<Record<string, string>> {
  const ago = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();
  return {
    'newest sessions': 'conversations',
    'sessions of 90 days ago': `conversations?to=${ago(90)}`,
    'by integration and expert': `conversations?integrationId=${integrationIds[1]}&expertId=${expertIds[1]}`,
    'by chat': `conversations?chat=${chat}`,
    'by person': `conversations?personId=${personId}`,
    'open ones': 'conversations?state=open',
    'a frequent word (every sixth answer)': `conversations?q=${encodeURIComponent('报销')}`,
    'a word of every fiftieth question': `conversations?q=${encodeURIComponent('合同')}`,
    'a word of one question': 'conversations?q=invoice-50123',
    'a word that nobody said': `conversations?q=${encodeURIComponent('并不存在')}`,
    'a single character': `conversations?q=${encodeURIComponent('销')}`,
    'a word and a person': `conversations?q=${encodeURIComponent('发票')}&personId=${personId}`,
    'a word in the oldest sessions': `conversations?q=${encodeURIComponent('报销')}&to=${ago(179)}`,
    'users by a word': `users?q=${encodeURIComponent('invoice')}`,
    transcript: `conversations/${conversationId}`,
    'events without an end': 'events?state=unended',
    'overview, a day': 'stats/overview',
    'overview, 7 days': `stats/overview?from=${ago(7)}`,
    'overview, 30 days': `stats/overview?from=${ago(30)}&timeZone=Asia/Shanghai`,
    'overview, 60 days': `stats/overview?from=${ago(60)}&timeZone=Asia/Shanghai`,
    'traffic of an integration': `integrations/${integrationIds[1]}/traffic`,
    'usage by person, 30 days': `usage?by=person&from=${ago(30)}`,
    'usage by department, 30 days': `usage?by=department&from=${ago(30)}`,
    'usage by expert, 180 days': `usage?by=expert&from=${ago(180)}`,
    'usage by person, 180 days': `usage?by=person&from=${ago(180)}`,
  };
}

const report = (name: string, p50: number, worst: string, ms: number, target: number): void =>
  void process.stdout.write(
    `${name.padEnd(45)} p50 ${p50.toFixed(0).padStart(5)} ms   ${worst} ${ms.toFixed(0).padStart(5)} ms   ≤ ${target} ms ${p50 <= target ? 'met' : 'MISSED'}\n`,
  );

/** How long the API takes to answer, and the console's pages to stand, with 100,000 sessions and 1,000,000 events, row-level security included. */
async function main(): Promise<void> {
  const gateway = await startGateway();
  try {
    const began = performance.now();
    const seeded = await seedLarge(gateway.databaseUrl, gateway.scope, gateway.store.secrets.seal({}), CONVERSATIONS);
    process.stdout.write(
      `${cpus().length} × ${cpus()[0]?.model} · Node ${process.version} · seeded in ${Math.round((performance.now() - began) / 1000)} s\n\n`,
    );
    const key = await gateway.store.access.createKey('bench', 'admin', gateway.scope);
    const program = gateway.program(key);
    for (const [name, path] of Object.entries(requests(seeded))) {
      const took: number[] = [];
      for (let time = 0; time < TIMES; time++) {
        const at = performance.now();
        const { status, body } = await program.call('GET', path);
        took.push(performance.now() - at);
        if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
      }
      const [p50, p95] = [percentile(took, 0.5), percentile(took, 0.95)];
      report(`API: ${name}`, p50, 'p95', p95, TARGET_MS);
    }
    for (const { name, p50, max } of await measurePages(gateway.url, key, seeded)) report(`page: ${name}`, p50, 'max', max, PAGE_TARGET_MS);
  } finally {
    await gateway.close();
  }
}

void main();
