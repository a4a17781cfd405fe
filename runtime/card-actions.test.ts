import { randomUUID } from 'node:crypto';
import type { DeliverResult } from '../channels/channel';
import { toasts } from '../domain/phrases';
import { ask, attempt, createProcess } from '../tests/support/answering';
import { createDesk, eventually, said } from '../tests/support/world';
import {
  answered,
  deliver,
  desk,
  dispatch,
  ends,
  inGroup,
  open,
  press,
  presses,
  rated,
  service,
  waiting,
  whileHeld,
  world,
} from './card-actions.scene';

describe('ratings', () => {
  it('are done when they are written down; the newest of each person counts', async () => {
    const { turnId, sessionId } = await answered([said('Well?', { address: { ...inGroup, chatId: 'rated' } })]);
    expect(await deliver(press('good', turnId))).toMatchObject({ fresh: true, toast: toasts.good });
    expect(await deliver(press('bad', turnId, { detail: 'wrong: the year' }, 'zoe'))).toMatchObject({ fresh: true, toast: toasts.bad });
    expect(await deliver(press('bad', turnId, { detail: 'incomplete' }))).toMatchObject({ fresh: true, toast: toasts.bad });
    expect(await ends(turnId)).toEqual(['good accepted done', 'bad accepted done', 'bad accepted done']);
    const [turn] = await world.store.conversations.turns(world.scope, sessionId);
    expect(turn!.feedback).toMatchObject([
      { person: 'zoe', rating: 'bad', detail: 'wrong: the year' },
      { person: 'ann', rating: 'bad', detail: 'incomplete' },
    ]);
    expect(rated).toEqual(['good', 'bad', 'bad']);
  });

  it('said twice is said once, and a reason may follow', async () => {
    const { turnId } = await answered();
    await deliver(press('bad', turnId));
    expect(await deliver(press('bad', turnId))).toMatchObject({ fresh: true, toast: toasts.noted });
    const withReason = press('bad', turnId, { detail: 'slow' });
    expect((await deliver(withReason)).toast).toEqual(toasts.bad);
    expect(await deliver(withReason)).toMatchObject({ fresh: false, toast: toasts.bad });
    expect((await deliver(press('bad', turnId))).toast).toEqual(toasts.noted);
    expect(await ends(turnId)).toEqual(['bad accepted done', 'bad ignored ignored', 'bad accepted done', 'bad ignored ignored']);
  });

  it('are not for what was not answered, nor where nobody wants them', async () => {
    service.script(() => ({ status: 401 }));
    const failed = await answered();
    expect(failed.state).toBe('failed');
    expect((await deliver(press('good', failed.turnId))).toast).toEqual(toasts.notRated);
    expect(await ends(failed.turnId)).toEqual(['good ignored ignored']);

    service.script(() => ({ chunks: ['fine'] }));
    const { turnId } = await answered();
    await world.store.db.raw(`UPDATE integrations SET appearance = '{"feedback": false}' WHERE id = ?`, [desk.integration.id]);
    expect((await deliver(press('good', turnId))).toast).toEqual(toasts.notRated);
    await world.store.db.raw(`UPDATE integrations SET appearance = '{}' WHERE id = ?`, [desk.integration.id]);
  });
});

describe('asking again', () => {
  it('is an event that asks the same, where it was asked, and the expert does not see its old answer', async () => {
    const chat = randomUUID();
    const before = await answered([said('Before?', { chat })]);
    const { sessionId } = before;
    const attachments = [{ kind: 'location', ref: '', text: 'Shanghai' }] as const;
    const quote = { sender: 'bob', text: 'Quoted words' };
    const first = await answered([said('One?', { chat, attachments, quote }), said('Two?', { chat })], { sessionId, number: 2 });
    const [asked] = await world.store.turns.asked(first.turnId);
    expect((await deliver(press('regenerate', first.turnId))).toast).toEqual(toasts.again);
    const [event] = await presses(first.turnId);
    expect(event).toMatchObject({ kind: 'action', text: 'One?\nTwo?', asks: true, attachments, quote, address: asked!.address });
    expect(event).toMatchObject({ decision: 'accepted', end: null, chat_id: before.chatId });
    expect((await world.store.events.undelivered(before.chatId, 10))?.heard).toMatchObject([{ id: event!.id, kind: 'action', asks: true }]);

    const second = { ...first, turnId: randomUUID(), eventIds: [event!.id], number: 3 };
    await attempt(createProcess(world), second).outcome;
    const messages = service.requests.at(-1)!.body.messages;
    expect(messages.map(({ content }) => content)).toEqual([
      'Before?',
      'an answer',
      expect.stringMatching(/Quoted words[\s\S]*One\?\nTwo\?[\s\S]*Shanghai/),
    ]);

    // And once more: neither of the two is there.
    await deliver(press('regenerate', second.turnId));
    const [next] = await presses(second.turnId);
    await attempt(createProcess(world), { ...second, turnId: randomUUID(), eventIds: [next!.id], number: 4 }).outcome;
    expect((service.requests.at(-1)!.body.messages as unknown[]).length).toBe(3);
    await answered([said('After?', { chat })], { sessionId, number: 5 });
    expect((service.requests.at(-1)!.body.messages as unknown[]).length).toBe(5);
  });

  it('an answer stays in the history when asking again came to nothing', async () => {
    const first = await answered();
    await deliver(press('regenerate', first.turnId));
    const [event] = await presses(first.turnId);
    service.script(() => ({ status: 401 }));
    await attempt(createProcess(world), { ...first, turnId: randomUUID(), eventIds: [event!.id], number: 2 }).outcome;
    expect(await world.store.turns.history(first.sessionId, randomUUID(), 10)).toMatchObject([{ answer: 'an answer' }]);
  });

  it('a failed question is tried again', async () => {
    service.script(() => ({ status: 401 }));
    const { turnId } = await answered();
    expect((await deliver(press('retry', turnId))).toast).toEqual(toasts.again);
    expect(await ends(turnId)).toEqual(['retry accepted null']);
  });

  it('happens once, however often and wherever it is pressed', async () => {
    const { turnId, chatId } = await answered();
    const other = open(world.another());
    const same = press('regenerate', turnId);
    const all = await Promise.all([
      ...Array.from({ length: 6 }, (_, n) => deliver(same, n % 2 ? dispatch : other)),
      ...Array.from({ length: 6 }, (_, n) => deliver(press('regenerate', turnId), n % 2 ? dispatch : other)),
    ]);
    await other.drained();
    expect(all.filter(({ fresh }) => fresh)).toHaveLength(7);
    const rows = await presses(turnId);
    expect(rows.filter(({ asks }) => asks)).toHaveLength(1);
    expect(rows.filter(({ decision, end }) => decision === 'refused' && end === 'refused')).toHaveLength(6);
    expect((await world.store.events.undelivered(chatId, 10))?.heard).toHaveLength(1);
    expect((await deliver(press('retry', turnId))).toast).toEqual(toasts.asked);
  });

  it('keeps no words where another process was first', async () => {
    const { turnId } = await answered();
    const route = (await world.store.events.route(desk.integration.id))!;
    for (const by of ['ann', 'bob'])
      await world.store.events.insert({
        ...{ route, event: press('regenerate', turnId, { text: 'What is it?' }, by), kind: 'action', asks: true, target: turnId },
        ...{ language: 'en', chatKey: 'elsewhere', decision: 'accepted' },
      });
    const rows = await presses(turnId);
    expect(rows.map(({ decision, text }) => ({ decision, text }))).toEqual([
      { decision: 'accepted', text: 'What is it?' },
      { decision: 'refused', text: '' },
    ]);
  });

  it('is for those who asked', async () => {
    const asked = [
      said('One?', { address: { ...inGroup, chatId: 'asked' } }),
      said('Two?', { by: 'bob', address: { ...inGroup, chatId: 'asked' } }),
    ];
    const { turnId } = await answered(asked);
    expect((await deliver(press('regenerate', turnId, {}, 'zoe'))).toast).toEqual(toasts.notYours);
    expect((await deliver(press('regenerate', turnId, {}, 'bob'))).toast).toEqual(toasts.again);
    expect(await ends(turnId)).toEqual(['regenerate refused refused', 'regenerate accepted null']);
  });

  it('is not for an old card, nor while something runs or waits, nor after the session', async () => {
    const chat = randomUUID();
    const first = await answered([said('One?', { chat })]);
    const waiting = await ask(world, desk, [said('Two?', { chat })], { sessionId: first.sessionId, number: 2 });
    expect((await deliver(press('regenerate', first.turnId))).toast).toEqual(toasts.old);
    await world.store.turns.open(waiting, 2);
    expect((await deliver(press('regenerate', waiting.turnId))).toast).toEqual(toasts.running);
    await attempt(createProcess(world), waiting).outcome;
    expect((await deliver(press('regenerate', first.turnId))).toast).toEqual(toasts.old);
    await world.store.conversations.end(first.sessionId, 'timeout');
    expect((await deliver(press('regenerate', waiting.turnId))).toast).toEqual(toasts.ended);
    for (const turnId of [first.turnId, waiting.turnId])
      expect(new Set(await ends(turnId))).toEqual(new Set(['regenerate refused refused']));
  });

  it('a question that was withdrawn is not asked again', async () => {
    const { turnId } = await answered();
    await world.store.db.raw(`UPDATE events SET "end" = 'recalled' WHERE turn_id = ?`, [turnId]);
    expect((await deliver(press('regenerate', turnId))).toast).toEqual(toasts.noQuestion);
  });
});

describe('a new session', () => {
  it('is begun once, as by /new, by those who took part', async () => {
    const chat = { ...inGroup, chatId: 'renewed' };
    const { sessionId } = await answered([said('One?', { address: chat, by: 'bob' })]);
    const newest = await answered([said('Two?', { address: chat })], { sessionId, number: 2 });
    expect((await deliver(press('new', newest.turnId, {}, 'zoe'))).toast).toEqual(toasts.notYours);
    const other = open(world.another());
    await Promise.all(Array.from({ length: 6 }, (_, n) => deliver(press('new', newest.turnId, {}, 'bob'), n % 2 ? dispatch : other)));
    await other.drained();
    const rows = await presses(newest.turnId);
    expect(rows.filter(({ decision }) => decision === 'accepted')).toMatchObject([
      { kind: 'command', command: 'new', text: '', end: null },
    ]);
    const heard = (await world.store.events.undelivered(newest.chatId, 10))!.heard;
    expect(heard).toMatchObject([{ kind: 'command', command: 'new' }]);
    expect(heard[0]).not.toHaveProperty('target');
    expect((await deliver(press('regenerate', newest.turnId))).toast).toEqual(toasts.ended);
  });

  it('is not begun by an old card', async () => {
    const chat = randomUUID();
    const first = await answered([said('One?', { chat })]);
    const second = await answered([said('Two?', { chat })], { sessionId: first.sessionId, number: 2 });
    expect((await deliver(press('new', first.turnId))).toast).toEqual(toasts.old);
    await world.store.conversations.end(first.sessionId, 'timeout');
    expect((await deliver(press('new', second.turnId))).toast).toEqual(toasts.ended);
    expect([...(await ends(first.turnId)), ...(await ends(second.turnId))]).toEqual(['new ignored ignored', 'new ignored ignored']);
  });
});

it.each(['regenerate', 'new'] as const)('whoever comes second in a race for "%s" is told so', async (action) => {
  const { turnId, chatId } = await answered();
  const other = open(world.another());
  let both: Promise<DeliverResult>[] = [];
  await whileHeld(chatId, async () => {
    both = [dispatch, other].map((through) => deliver(press(action, turnId), through));
    await eventually('two that wait', async () => (await waiting()) === 2);
  });
  const [won, lost] = (await Promise.all(both)).sort((one) => (one.refused ? 1 : -1));
  expect(won).toMatchObject({ fresh: true, toast: action === 'new' ? toasts.new : toasts.again, refused: false });
  const told = action === 'new' ? toasts.ended : toasts.asked;
  expect(lost).toMatchObject({ fresh: true, toast: told, refused: true, over: true, language: 'en' });
  await other.drained();
});

it('a question asked again counts among what one person may ask', async () => {
  const limited = await createDesk(world, {
    ...{ backend: 'openai', config: { baseUrl: service.url, model: 'm' } },
    settings: { perPerson: { messages: 1, seconds: 600 } },
  });
  const { turnId } = await ask(world, limited, [said('Well?', { chat: randomUUID() })]).then(async (job) => {
    await attempt(createProcess(world), job).outcome;
    return job;
  });
  const toLimited = dispatch.deliver(limited.integration.id);
  await toLimited(said('In another chat', { chat: randomUUID() }));
  const again = press('regenerate', turnId);
  expect(await toLimited(again)).toMatchObject({ fresh: true, toast: toasts.tooMany });
  expect(await toLimited(again)).toMatchObject({ fresh: false });
  expect(await ends(turnId)).toEqual(['regenerate refused refused']);
});

it('a card that is not known does nothing, and says so', async () => {
  for (const target of [randomUUID(), 'not-even-an-id', `${randomUUID()} `])
    expect(await deliver(press('regenerate', target))).toMatchObject({ fresh: true, toast: toasts.unknown });
  const foreign = await createDesk(world);
  const { turnId } = await answered();
  expect((await dispatch.deliver(foreign.integration.id)(press('good', turnId))).toast).toEqual(toasts.unknown);
});
