import { toasts } from '../domain/phrases';
import { ask, attempt, createProcess } from '../tests/support/answering';
import { createDesk, said } from '../tests/support/world';
import { deliver, desk, dispatch, ends, inGroup, press, world } from './card-actions.scene';

describe('stopping', () => {
  const running = async (of = desk) => {
    const job = await ask(world, of, [said('One?', { address: inGroup })]);
    await world.store.turns.open(job, 1);
    return job;
  };

  it('is for those who asked, while it runs', async () => {
    const job = await running();
    const refused = { toast: toasts.notYours, refused: true, language: 'en' };
    expect(await deliver(press('stop', job.turnId, {}, 'zoe'))).toMatchObject(refused);
    expect((await deliver(press('stop', job.turnId))).toast).toEqual(toasts.stopping);
    await attempt(createProcess(world), job).outcome;
    expect((await deliver(press('stop', job.turnId))).toast).toEqual(toasts.over);
    expect(await ends(job.turnId)).toEqual(['stop refused refused', 'stop accepted null', 'stop ignored ignored']);
  });

  it('is left to the conversation where the platform tells who owns the group; whoever presses learns the rule', async () => {
    const inLark = await createDesk(world, { channel: 'lark', mode: 'long_connection' });
    const { turnId } = await running(inLark);
    const zoe = press('stop', turnId, {}, 'zoe');
    for (const fresh of [true, false])
      expect(await dispatch.deliver(inLark.integration.id)(zoe)).toMatchObject({ fresh, toast: toasts.ownersToo, refused: false });
    expect((await dispatch.deliver(inLark.integration.id)(press('stop', turnId))).toast).toEqual(toasts.stopping);
    expect(await ends(turnId)).toEqual(['stop accepted null', 'stop accepted null']);
  });
});
