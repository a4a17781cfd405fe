import { pause, report } from './tally';
import { type Surroundings, until } from './world';

export interface Status {
  readonly state: string;
  readonly parked: boolean;
  readonly reason: string;
  readonly owner: string | null;
}

/** An emulated platform, as those see it who watch its connections. */
export interface Linked {
  readonly name: string;
  /** When each log-in was accepted. */
  logins(): readonly number[];
  /** Log-ins that were tried. */
  attempts(): number;
  goSilent(): void;
}

export const statusOf = (world: Surroundings, id: string) => world.call<Status>('GET', `integrations/${id}/status`);
export const isConnected = async (world: Surroundings, id: string) => (await statusOf(world, id)).state === 'connected';

/** Parked with the platform's reason within 10 s; never connected; at most three log-ins in any minute. */
export async function watchWrongSecret(world: Surroundings, { name, attempts }: Linked, addBot: () => Promise<string>): Promise<void> {
  const id = await addBot();
  const since = Date.now();
  const states = new Set<string>();
  let parkedAt: number | undefined;
  for (let last: Status; Date.now() - since < 60_000; await pause(150)) {
    last = await statusOf(world, id);
    states.add(last.state);
    if (last.state === 'disconnected' && parkedAt === undefined) {
      parkedAt = Date.now();
      expect(last).toMatchObject({ parked: true, reason: expect.stringMatching(/secret|514|credential/i) });
    }
  }
  report(`${name}, a wrong secret: parked after ${parkedAt! - since} ms, ${attempts()} log-ins in a minute, states ${[...states].join()}`);
  expect(parkedAt! - since).toBeLessThanOrEqual(10_000);
  expect(states).not.toContain('connected');
  expect(attempts()).toBeLessThanOrEqual(3);
}

export async function watchSilentSocket(
  world: Surroundings,
  { name, logins, goSilent }: Linked,
  addBot: () => Promise<string>,
): Promise<void> {
  const id = await addBot();
  await until(() => isConnected(world, id), 20_000, 'connected');
  const before = logins().length;
  goSilent();
  const since = Date.now();
  await until(() => logins().length > before, 70_000, 'a new socket');
  const took = logins().at(-1)! - since;
  report(`${name}, a silent socket: replaced after ${took} ms`);
  expect(took).toBeLessThanOrEqual(60_000);
}

/** Its connections are up in another process within 8 s. */
export async function watchKilledHolder(world: Surroundings, { name, logins }: Linked, integrationId: string): Promise<void> {
  const took: number[] = [];
  for (let n = 0; n < 2; n++) {
    await until(() => isConnected(world, integrationId), 20_000, 'connected');
    const { owner } = await statusOf(world, integrationId);
    const before = logins().length;
    const killedAt = Date.now();
    world.stack.killProcess(owner!);
    await until(() => logins().length > before, 20_000, 'a new socket');
    took.push(logins().at(-1)! - killedAt);
    await until(() => isConnected(world, integrationId), 10_000, 'connected');
  }
  report(`${name}, a killed holder: connected elsewhere after ${took.join(', ')} ms`);
  expect(Math.max(...took)).toBeLessThanOrEqual(8000);
}
