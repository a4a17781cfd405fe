import { setTimeout as sleep } from 'node:timers/promises';
import { keep, listenOn } from '../tests/support/ear';
import { eventually } from '../tests/support/eventually';
import { connected } from '../tests/support/link';
import type { Channel, Deliver } from './channel';

/** What tests of a held connection need of a platform's emulator. */
interface ListenedTo<Config> {
  readonly config: Config;
  /** Open ones. */
  connections(): number;
  logins(): readonly unknown[];
  goSilent(): void;
  dropSockets(): void;
  close(): Promise<void>;
}

interface Times {
  readonly pingEveryMs?: number;
  readonly silentAfterMs?: number;
  readonly connectTimeoutMs?: number;
}

interface ListeningContract<Config, Emulator extends ListenedTo<Config>> {
  readonly platform: string;
  readonly start: () => Promise<Emulator>;
  readonly create: (times?: Times) => Channel<Config>;
  /** A person says something to the bot. */
  readonly say: (emulator: Emulator) => unknown;
  /** From now on nobody who connects is answered. */
  readonly keepWaiting: (emulator: Emulator) => unknown;
}

/** What every channel promises of a connection that it holds, on its platform's emulator. */
export function describeListening<Config, Emulator extends ListenedTo<Config>>(contract: ListeningContract<Config, Emulator>): void {
  const { platform, start, create, say } = contract;
  describe(`a connection to ${platform}`, () => {
    const { listening, unanswered } = earsOf(contract);

    it('proves itself with every pong to its own pings', async () => {
      const { ready, proofs } = await listening({ pingEveryMs: 10 });
      await ready;
      await eventually(() => proofs() > 8);
    });

    it('counts as lost when it falls silent, though the socket is up', async () => {
      const { emulator, ready, done } = await listening({ pingEveryMs: 10, silentAfterMs: 80 });
      await ready;
      emulator.goSilent();
      await expect(done).rejects.toMatchObject({ code: 'timeout', retryable: true });
      await eventually(() => emulator.connections() === 0);
    });

    it('is lost when the platform closes it, and does not come back by itself', async () => {
      const { emulator, ready, done } = await listening();
      await ready;
      emulator.dropSockets();
      await expect(done).rejects.toMatchObject({ code: 'unreachable', retryable: true });
      await sleep(50);
      expect(emulator.logins()).toHaveLength(1);
    });

    it('gives up connecting in time', async () => {
      const { ready } = await unanswered({ connectTimeoutMs: 60 });
      await expect(ready).rejects.toMatchObject({ code: 'timeout', retryable: true });
    });

    it('can be made again and again, each time by a client of its own', async () => {
      const emulator = await start();
      for (let round = 0; round < 10; round++) {
        const end = new AbortController();
        const { ready, done } = connected(create(), emulator.config, keep, end.signal);
        await ready;
        end.abort();
        await done;
      }
      await eventually(() => emulator.connections() === 0);
      expect(emulator.logins()).toHaveLength(10);
      await emulator.close();
    });

    it('leaves nothing in any log', async () => {
      const outputs = (['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) =>
        jest.spyOn(console, name).mockImplementation(() => undefined),
      );
      const { emulator, ready, heard, done } = await listening({}, async () => {
        throw new Error('the ledger is away');
      });
      await ready;
      say(emulator);
      await eventually(() => heard.length > 0);
      emulator.dropSockets();
      await done.catch(() => undefined);
      for (const output of outputs) expect(output).not.toHaveBeenCalled();
      jest.restoreAllMocks();
    });
  });
  describeLettingGo(contract);
}

function describeLettingGo<Config, Emulator extends ListenedTo<Config>>(contract: ListeningContract<Config, Emulator>): void {
  const { listening, unanswered } = earsOf(contract);
  describe(`a connection to ${contract.platform} that is let go`, () => {
    it('ends without a trace when it is told to', async () => {
      const { emulator, ready, done, end } = await listening();
      await ready;
      end.abort();
      await expect(done).resolves.toBeUndefined();
      await eventually(() => emulator.connections() === 0);
      await sleep(30);
      expect(emulator.logins()).toHaveLength(1);
    });

    it('keeps what was on its way when it was let go', async () => {
      const slowly: Deliver = async () => {
        await sleep(30);
        return { fresh: true };
      };
      const { emulator, ready, heard, done, end } = await listening({}, slowly);
      await ready;
      contract.say(emulator);
      await eventually(() => heard.length === 1);
      end.abort();
      contract.say(emulator);
      await done;
      expect(heard).toHaveLength(2);
    });

    it('ends at once while it is still connecting', async () => {
      const { emulator, done, end } = await unanswered();
      end.abort();
      await expect(done).resolves.toBeUndefined();
      await eventually(() => emulator.connections() === 0);
    });
  });
}

function earsOf<Config, Emulator extends ListenedTo<Config>>({ start, create, keepWaiting }: ListeningContract<Config, Emulator>) {
  return {
    listening: async (times?: Times, deliver: Deliver = keep) => listenOn(await start(), create(times), deliver),
    unanswered: async (times?: Times) => {
      const emulator = await start();
      keepWaiting(emulator);
      return listenOn(emulator, create(times), keep);
    },
  };
}
