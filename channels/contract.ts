import { type Bench, type ChannelContract, createBench } from './contract-bench.scene';
import { describeEvents } from './contract-events.scene';
import { describeDrawing, describeGrowth, describeOnce } from './contract-replies.scene';

export type { ChannelContract, PlatformUnderTest, Visible } from './contract-bench.scene';
export { view } from './contract-bench.scene';

/** What every channel promises, on its platform's emulator. */
export function describeChannel<Config>(contract: ChannelContract<Config>): void {
  describe(`the ${contract.name} channel`, () => {
    const bench = createBench(contract);
    describeGrowth(bench as Bench);
    describeOnce(bench as Bench);
    describeDrawing(bench as Bench);
    describeFiles(bench as Bench);
    describeProbe(bench);
    it('knows the owners of groups just where it says so', () => {
      expect(bench.messenger().owners !== undefined).toBe(bench.abilities.owners === true);
    });
    if (bench.way !== 'local') describeEvents(bench);
  });
}

function describeFiles(bench: Bench): void {
  it.each(bench.abilities.sends)('sends a %s of an answer, once for one key', async (kind) => {
    const { chat, files } = bench.platform();
    const { sendFile } = bench.messenger();
    expect(files !== undefined).toBe(sendFile !== undefined);
    if (!files || !sendFile) return;
    const file = { kind, name: kind === 'image' ? 'plan.png' : 'plan.pdf', mime: kind === 'image' ? 'image/png' : 'application/pdf' };
    const bytes = Buffer.from(`the plan as ${kind}`);
    for (const key of bench.keyed ? ['key', 'key'] : ['key']) await sendFile(chat, { ...file, bytes }, key);
    expect((await files()).map(String)).toEqual([String(bytes)]);
  });
}

function describeProbe<Config>(bench: Bench<Config>): void {
  const { channel, mode, way } = bench;

  it('finds good credentials good', async () => {
    const good = await channel.probe(bench.platform().config, mode);
    expect(good.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(good.ok).toBe(true);
  });

  if (way !== 'local')
    it('finds bad credentials bad, and says what to do', async () => {
      const bad = await channel.probe(bench.platform().badConfig, mode);
      expect(bad.ok).toBe(false);
      for (const check of bad.checks.filter(({ ok }) => !ok)) expect(check.mend).not.toBe('');
    });
}
