import type { FeedMessage } from '../channels/sandbox/feed';
import { ChannelError } from '../domain/errors';
import { ask, attempt, createProcess, feedOf } from '../tests/support/answering';
import { createDesk, said } from '../tests/support/world';
import { cardIn, desk, PNG, service, upload, withMessenger, world } from './attachments.scene';

describe('what an answer brings', () => {
  const picture = `Look: ![ring](data:image/png;base64,${PNG.toString('base64')})`;
  const filesIn = async (chat: string) =>
    (await feedOf(world, desk, chat)).filter((entry): entry is FeedMessage => entry.type === 'message');

  it('is sent after the last frame', async () => {
    service.script(() => ({ chunks: [picture] }));
    const process = createProcess(world);
    const job = await ask(world, desk, [said('Draw.', { chat: 'sent' })]);
    await attempt(process, job).outcome;
    const [card, message] = await feedOf(world, desk, 'sent');
    expect(card).toMatchObject({ type: 'card', state: 'done', text: 'Look: [ring.png]' });
    expect(message).toMatchObject({ from: 'bot', files: [{ kind: 'image', name: 'ring.png', mime: 'image/png', size: PNG.length }] });
    const { fileId } = (message as FeedMessage).files![0]!;
    const { bytes } = await process.deps.messengerFor(desk.integration).fetchFile!({ kind: 'image', ref: fileId }, said('').address, 1000);
    expect(bytes.equals(PNG)).toBe(true);
  });

  it.each(['before', 'after'] as const)('is sent once though the process dies %s it was sent', async (when) => {
    service.script(() => ({ chunks: [picture] }));
    const chat = `dies ${when}`;
    const job = await ask(world, desk, [said('Draw.', { chat })]);
    const sends: string[] = [];
    const dying = createProcess(world, {
      messenger: (real) => ({
        ...real,
        sendFile: async (to, file, key) => {
          sends.push(key);
          if (when === 'after') await real.sendFile!(to, file, key);
          throw new Error('This process is dead.');
        },
      }),
    });
    expect((await attempt(dying, job).outcome).closed).toBe(false);
    expect((await world.store.attachments.unsent(job.turnId)).map(({ state }) => state)).toEqual(['sending']);
    await createProcess(world).activities.closeReply({ turnId: job.turnId });
    expect(await filesIn(chat)).toHaveLength(1);
    expect(await world.store.attachments.unsent(job.turnId)).toEqual([]);
    expect(sends[0]).toBe(`file:${job.turnId}:0`);
  });

  it('is named where the platform refuses it, or a chat takes no files', async () => {
    service.script(() => ({ chunks: [picture] }));
    const refuse = withMessenger({ sendFile: async () => Promise.reject(new ChannelError('refused', 'Not this one.')) });
    const job = await ask(world, desk, [said('Draw.', { chat: 'refused' })]);
    expect(await attempt(createProcess(world, refuse), job).outcome).toEqual({ state: 'done', closed: true });
    expect(await filesIn('refused')).toMatchObject([{ text: 'Could not be sent here: “ring.png”.' }]);

    const mute = createProcess(world, { attachments: { maxTurnFiles: 0 } });
    const other = await ask(world, desk, [said('Draw.', { chat: 'mute' })]);
    await attempt(mute, other).outcome;
    expect((await cardIn('mute')).reason).toBe('Could not be sent here: “ring.png”.');
    expect(await filesIn('mute')).toEqual([]);
  });

  it('of an attempt that failed is forgotten', async () => {
    const process = createProcess(world);
    const job = await ask(world, desk, [said('Draw.', { chat: 'forgotten' })]);
    service.script(() => ({ chunks: [picture, ' and ', picture], endAfter: 3 }));
    await attempt(process, job).outcome.catch(() => undefined);
    expect(await world.store.attachments.unsent(job.turnId)).toHaveLength(2);
    service.script(() => ({ chunks: [picture] }));
    await attempt(process, job).outcome;
    expect(await filesIn('forgotten')).toHaveLength(1);
  });

  it('can be tried with the demo', async () => {
    const demo = await createDesk(world, { config: { chunkMs: 0 } });
    const process = createProcess(world);
    await attempt(process, await ask(world, demo, [said('发张图片', { chat: 'demo' })])).outcome;
    expect((await feedOf(world, demo, 'demo')).at(-1)).toMatchObject({ files: [{ kind: 'image', name: 'parley-demo.png' }] });
    const image = { ...(await upload(PNG, process, demo)), name: 'plan.png' };
    await attempt(process, await ask(world, demo, [said('And this?', { chat: 'named', attachments: [image] })])).outcome;
    expect((await cardIn('named', demo)).text).toContain('> 📎 plan.png (image/png, 70 B)');
  });
});
