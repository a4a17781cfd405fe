import { localPorts } from '../../tests/support/ports';
import { createPace } from './pace';

const MINUTE = 60_000;

/** Two processes with one memory, and the clock on their wall. */
function processes() {
  const { memory } = localPorts();
  let time = 1_700_000_000_000;
  const pass = (ms: number): void => {
    time += ms;
  };
  const process = () => createPace(memory, 20, 2000, () => time);
  return { here: process(), there: process(), pass };
}

describe("a robot's pace", () => {
  it('is what is granted until DingTalk refuses, then slower in all processes before they call again', async () => {
    const { here, there, pass } = processes();
    expect([await here.perSecond(), await there.perSecond()]).toEqual([20, 20]);
    await here.slowDown();
    pass(2000);
    for (const process of [here, there]) expect(await process.perSecond()).toBeCloseTo(14, 0);
  });

  it('counts refusals at the same time as one, whoever meets them', async () => {
    const { here, there, pass } = processes();
    await Promise.all([here.slowDown(), there.slowDown(), here.slowDown()]);
    pass(1999);
    await there.slowDown();
    expect(await here.perSecond()).toBeCloseTo(14, 0);
    pass(1);
    there.passed();
    await there.slowDown();
    expect(await there.perSecond()).toBeCloseTo(9.8, 0);
  });

  it('comes back slowly, and to no more than is granted', async () => {
    const { here, pass } = processes();
    await here.slowDown();
    pass(MINUTE);
    expect(await here.perSecond()).toBeCloseTo(16);
    pass(MINUTE);
    expect(await here.perSecond()).toBeCloseTo(18);
    pass(100 * MINUTE);
    expect(await here.perSecond()).toBe(20);
  });

  it('is not slowed by a platform that refuses everything', async () => {
    const { here, there, pass } = processes();
    for (let n = 0; n < 15; n++) {
      for (const process of [here, there]) await process.slowDown();
      pass(2000);
    }
    expect(await here.perSecond()).toBeGreaterThanOrEqual(14);
  });

  it('never stands still', async () => {
    const { here, pass } = processes();
    for (let n = 0; n < 30; n++) {
      here.passed();
      await here.slowDown();
      pass(2000);
    }
    expect(await here.perSecond()).toBeGreaterThanOrEqual(1);
  });
});
