import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import { startCable } from '../support/cable';
import { startBareWorld } from './bare-world';
import { type Linked, statusOf, watchKilledHolder, watchSilentSocket, watchWrongSecret } from './links';
import { cardsShow } from './platforms';
import { answeredOf, figures, pause, perfect, report, sizeOf, tallyOf } from './tally';
import { longAnswer, startWorld, streamed, until, type World } from './world';

const SAMPLES = 5;
const whole = (question: string): string => longAnswer(question, 5);
const script = (question: string) => streamed(whole(question), 0.2, 3);
const linked = ({ logins, calls, goSilent }: LarkEmulator): Linked => ({
  ...{ name: 'Lark', logins, goSilent },
  attempts: () => calls('connect').length,
});

describe('connections', () => {
  let world: World;
  let silent: LarkEmulator;
  let refusing: LarkEmulator;

  beforeAll(async () => {
    [silent, refusing] = await Promise.all([startLarkEmulator(), startLarkEmulator()]);
    world = await startWorld({ lark: { limits: 'off', redeliverMs: [1000, 2000, 4000, 8000, 16_000] }, script, trigger: { gatherMs: 0 } });
  }, 180_000);

  afterAll(async () => {
    await Promise.all([silent?.close(), refusing?.close()]);
    await world?.stop();
  }, 60_000);

  const addBot = ({ config: { appId, appSecret, domain } }: LarkEmulator, secret = appSecret) =>
    world.addBot({ config: { appId, appSecret: secret, domain } });

  it('a wrong secret, a silent socket, a holder cut off from Temporal and the platform, and an administrator', async () => {
    // They watch different connections, so they wait together.
    const results = await Promise.allSettled([
      watchWrongSecret(world, linked(refusing), () => addBot(refusing, 'wrong')),
      watchSilentSocket(world, linked(silent), () => addBot(silent)),
      cutOffHolder(),
      pause(20_000).then(administrator),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }, 180_000);

  it('a killed holder’s connections are up in another process within 8 s', async () => {
    await watchKilledHolder(world, linked(world.lark), world.integrationId);
  }, 120_000);

  /** It is replaced within 20 s, and no event is answered by both. */
  async function cutOffHolder(): Promise<void> {
    const bare = await startBareWorld({
      lark: { limits: 'off', redeliverMs: Array.from({ length: 40 }, () => 1500) },
      script,
      trigger: { gatherMs: 0, queueMax: 50 },
    });
    const { lark } = bare;
    const shows = cardsShow(lark);
    const toTemporal = await startCable(bare.bare.temporalAddress);
    const toLark = await startCable(new URL(lark.url).host);
    try {
      const integration = (await bare.bare.store.integrations.find(bare.integrationId))!;
      const { name, channel, mode, appearance, enabled } = integration;
      const config = { ...integration.config, domain: `http://${toLark.address}` };
      await bare.bare.store.integrations.save(bare.scope, bare.integrationId, { name, channel, mode, appearance, enabled, config }, false);
      await bare.bare.startProcess('worker', 'workers/main.ts', ['conversations']);
      await bare.bare.startProcess('first', 'workers/main.ts', ['connections'], { TEMPORAL_ADDRESS: toTemporal.address });
      await until(() => lark.connections() > 0, 30_000, 'the bot to connect');
      await bare.bare.startProcess('second', 'workers/main.ts', ['connections']);
      const said = new Map<string, string[]>();
      const talk = setInterval(() => {
        const n = sizeOf(said);
        const chatId = `oc_${n % 5}`;
        said.set(chatId, [...(said.get(chatId) ?? []), `message ${n}`]);
        lark.say({ chatId, text: `message ${n}` });
      }, 400);
      await pause(2000);
      const owner = async () => (await bare.bare.store.connections.find(bare.integrationId))?.owner;
      expect(await owner()).toBe('first');
      toTemporal.cut();
      toLark.cutOpen();
      const cutAt = Date.now();
      const before = lark.logins().length;
      await until(() => lark.logins().length > before, 40_000, 'another holder');
      const took = lark.logins().at(-1)! - cutAt;
      await until(async () => (await owner()) === 'second', 5000, 'its record');
      await pause(3000);
      toTemporal.restore();
      toLark.restore();
      await pause(4000);
      clearInterval(talk);
      await until(() => answeredOf(shows, said) === sizeOf(said), 40_000, 'all answers').catch((error: Error) => report(error.message));
      await pause(2000);
      report(`a holder cut off: replaced after ${took} ms; ${sizeOf(said)} messages meanwhile`);
      // What went to the dead socket comes again, later than what followed it.
      expect({ ...tallyOf(shows, said, whole), outOfOrder: [] }).toEqual(perfect);
      expect(bare.ai.requests.length).toBeLessThanOrEqual(sizeOf(said));
      // Back on the network, the first one does not take the connection away from the second.
      expect(lark.logins().length).toBe(before + 1);
      expect(lark.connections()).toBe(1);
      expect(took).toBeLessThanOrEqual(20_000);
    } finally {
      await bare.stop();
      await Promise.all([toTemporal.close(), toLark.close()]);
    }
  }

  /** What the API is told happens to the socket within a second, and the status says so within two. */
  async function administrator(): Promise<void> {
    const { lark, integrationId } = world;
    const acted: number[] = [];
    const shown: number[] = [];
    const act = async (action: string, done: () => boolean, state: string): Promise<void> => {
      const calledAt = Date.now();
      await world.call('POST', `integrations/${integrationId}/${action}`);
      await until(done, 10_000, `${action} to be done`);
      acted.push(Date.now() - calledAt);
      await until(async () => (await statusOf(world, integrationId)).state === state, 10_000, `${action} to be shown`);
      shown.push(Date.now() - calledAt);
      await pause(300);
    };
    for (let n = 0; n < SAMPLES; n++) {
      await act('disable', () => lark.connections() === 0, 'disabled');
      await act('enable', () => lark.connections() === 1, 'connected');
      const logins = lark.logins().length;
      await act('restart', () => lark.connections() === 1 && lark.logins().length > logins, 'connected');
    }
    report(
      `disable, enable, restart: acted on after ${JSON.stringify(figures(acted))} ms, shown after ${JSON.stringify(figures(shown))} ms`,
    );
    expect(Math.max(...acted)).toBeLessThanOrEqual(1000);
    expect(Math.max(...shown)).toBeLessThanOrEqual(2000);
  }
});
