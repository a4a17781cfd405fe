import { eventually } from '../../tests/support/eventually';
import { startWecomHttpEmulator, type WecomHttpEmulator } from './emulator/http';
import { createWecom } from './index';
import { emulator, listening, TIMES } from './listen.scene';
import { probeWebhook } from './webhook-probe';
import { webhookTimes } from './webhook-times';

describe('testing the credentials', () => {
  const named = async (probing: ReturnType<ReturnType<typeof createWecom>['probe']>) =>
    (await probing).checks.map(({ name, ok, mend }) => [name, ok, mend !== '']);

  it('never takes the connection away from whoever has it', async () => {
    const { channel } = await listening();
    expect(await named(channel.probe(emulator.config, 'long_connection', 'down'))).toEqual([['credentials', true, false]]);
    expect(await named(createWecom(TIMES).probe(emulator.config, 'long_connection', 'up'))).toEqual([['credentials', true, false]]);
    expect(await named(createWecom(TIMES).probe(emulator.config, 'long_connection'))).toEqual([['credentials', true, false]]);
    expect(emulator.logins()).toHaveLength(1);
  });

  it('logs in while nobody has it, and leaves again', async () => {
    const channel = createWecom(TIMES);
    expect(await named(channel.probe(emulator.config, 'long_connection', 'down'))).toEqual([['credentials', true, false]]);
    expect(await named(channel.probe({ ...emulator.config, secret: 'no' }, 'long_connection', 'down'))).toEqual([
      ['credentials', false, true],
    ]);
    emulator.refuseConnections(true);
    expect(await named(channel.probe(emulator.config, 'long_connection', 'down'))).toEqual([['connection', false, true]]);
    await eventually(() => emulator.connections() === 0);
  });
});

describe('the test of the settings of a webhook', () => {
  const times = { ...webhookTimes, callTimeoutMs: 3000 };
  let called: WecomHttpEmulator;
  beforeEach(async () => {
    called = await startWecomHttpEmulator();
  });
  afterEach(() => called.close());

  const failing = async (config: Parameters<typeof probeWebhook>[0]) =>
    (await probeWebhook(config, times)).checks.filter(({ ok }) => !ok).map(({ name, mend }) => `${name}: ${mend}`);

  it('finds what is wrong and says how to mend it', async () => {
    const { app, bot } = called;
    expect(await failing(app)).toEqual([]);
    expect(await failing(bot)).toEqual([]);
    expect(await failing({ ...bot, encodingAesKey: 'short' })).toEqual([expect.stringMatching(/^keys: Copy Token/)]);
    expect(await failing({ ...app, corpSecret: 'x' })).toEqual([expect.stringMatching(/^credentials: Copy the corp id/)]);
    expect(await failing({ ...app, corpId: 'x' })).toEqual([expect.stringMatching(/^credentials: /)]);
    expect(await failing({ ...app, agentId: 7 })).toEqual([expect.stringMatching(/^agent: Copy the AgentId/)]);
    called.trustAddress(false);
    expect(await failing(app)).toEqual([expect.stringMatching(/^agent: .*Trusted IPs/)]);
    expect(await failing({ ...app, apiBase: 'http://127.0.0.1:9' })).toEqual([expect.stringMatching(/^credentials: WeCom did not answer/)]);
  });
});
