import { type OpenAiEmulator, startOpenAiEmulator } from '../agents/openai.emulator';
import type { InboundEvent } from '../domain/event';
import { languageOf } from '../domain/language';
import { chatKey, completeTrigger, settingsFor, type TriggerSettings } from '../domain/trigger';
import { ask, attempt, createProcess, endsOf, feedOf } from '../tests/support/answering';
import { createDesk, createWorld, type Desk, said, type World } from '../tests/support/world';
import { withContext } from './context';

let world: World;
let service: OpenAiEmulator;

beforeAll(async () => {
  [world, service] = await Promise.all([createWorld(), startOpenAiEmulator()]);
}, 60_000);
afterAll(async () => {
  await service?.close();
  await world?.close();
});

const address = { chatId: 'g1', kind: 'group' } as const;
const talk = (by: string, text: string, more: Partial<InboundEvent> = {}): InboundEvent =>
  said(text, { address, by, forBot: false, ...more });

async function deskWith(groups: Partial<TriggerSettings['groups']>, more: Partial<TriggerSettings> = {}): Promise<Desk> {
  const defaults = completeTrigger(null).groups;
  return await createDesk(world, {
    ...{ backend: 'openai', config: { baseUrl: service.url, model: 'm' } },
    settings: { ...more, groups: { ...defaults, context: { messages: 3, windowSeconds: 600 }, ...groups } },
  });
}

/** Somebody talks, though not to the bot. */
async function overhear({ integration }: Desk, event: InboundEvent): Promise<void> {
  const route = (await world.store.events.route(integration.id))!;
  const settings = settingsFor(completeTrigger(route.settings), event.address);
  await world.store.events.insert({
    ...{ route: { ...route, settings }, event, kind: 'message', language: languageOf(event.text), chatKey: chatKey(settings, event) },
    ...{ decision: 'ignored', end: 'ignored', contextUntil: new Date(Date.now() + 600_000) },
  });
}

/** Asks and resolves with what the expert was told. */
async function asking(desk: Desk, ...events: readonly InboundEvent[]): Promise<string> {
  await attempt(createProcess(world), await ask(world, desk, events)).outcome;
  return service.requests.at(-1)!.question;
}

const before = '[Said earlier in this group, not to you:]';
const after = '[The question:]';

it('an expert is told what was said before a question, the newest of it, since the last answer', async () => {
  const desk = await deskWith({});
  for (const text of ['one', 'two', 'three', 'four']) await overhear(desk, talk('bob', text));
  expect(await asking(desk, talk('ann', 'What?'))).toBe([before, 'bob: two', 'bob: three', 'bob: four', after, 'ann: What?'].join('\n'));
  expect(await asking(desk, talk('ann', 'And?'))).toBe('ann: And?');
  await overhear(desk, talk('cy', 'five'));
  expect(await asking(desk, talk('ann', 'Now?'))).toBe([before, 'cy: five', after, 'ann: Now?'].join('\n'));
});

it('nothing old, nothing of other groups, and nothing of people who are blocked by now', async () => {
  const desk = await deskWith({}, { people: { allow: [], block: ['eve'] } });
  await overhear(desk, talk('bob', 'too old', { at: Date.now() - 601_000 }));
  await overhear(desk, talk('bob', 'elsewhere', { address: { chatId: 'g2', kind: 'group' } }));
  await overhear(desk, talk('eve', 'psst'));
  await overhear(desk, talk('bob', 'here', { attachments: [{ kind: 'image', ref: 'r', name: 'plan.png' }] }));
  expect(await asking(desk, talk('ann', 'What?'))).toBe([before, 'bob: here', '[image: plan.png]', after, 'ann: What?'].join('\n'));
});

it('members with a conversation each are told what the whole group said, threads what was said in them', async () => {
  const members = await deskWith({ conversation: 'member' });
  await overhear(members, talk('bob', 'one'));
  expect(await asking(members, talk('ann', 'What?'))).toContain('bob: one');
  expect(await asking(members, talk('cy', 'What?'))).toContain('bob: one');

  const threads = await deskWith({ conversation: 'thread' });
  const thread = (threadId: string) => ({ address: { ...address, threadId } });
  await overhear(threads, talk('bob', 'inside', thread('t1')));
  await overhear(threads, talk('bob', 'outside'));
  expect(await asking(threads, talk('ann', 'What?', thread('t1')))).toBe([before, 'bob: inside', after, 'ann: What?'].join('\n'));
});

it('nothing where the trigger wants none, nor in private', async () => {
  const desk = await deskWith({ context: { messages: 0, windowSeconds: 600 } });
  await overhear(desk, talk('bob', 'one'));
  expect(await asking(desk, talk('ann', 'What?'))).toBe('ann: What?');
  expect(await asking(await deskWith({}), said('Alone?'))).toBe('Alone?');
});

it('is bounded in length: the newest stays', () => {
  const line = (text: string) => ({ text, attachments: [], quote: null, language: 'en', name: 'Bob', platformPersonId: 'bob' }) as const;
  const long = withContext([line('first'), line('x'.repeat(15_000)), line('y'.repeat(15_000))], 'Q', 'en');
  expect(long.split('\n').map((each) => each.slice(0, 6))).toEqual([before.slice(0, 6), 'Bob: y', after.slice(0, 6), 'Q']);
  expect(withContext([line('z'.repeat(50_000))], 'Q', 'en').length).toBeLessThan(20_100);
  expect(withContext([line('')], 'Q', 'zh')).toBe('Q');
});

it('a refusal is said once, in the language of whoever it refuses, and ends the event', async () => {
  const desk = await createDesk(world, { settings: { perPerson: { messages: 3, seconds: 60 } } });
  const route = (await world.store.events.route(desk.integration.id))!;
  const event = said('你好', { chat: 'refused' });
  const { id, chatId } = (await world.store.events.insert({
    ...{ route, event, kind: 'message', language: 'zh', chatKey: 'private/refused', decision: 'refused', notice: 'rateLimited' },
  }))!;
  expect((await world.store.events.undelivered(chatId, 1))?.heard).toMatchObject([{ id, kind: 'command', command: 'rateLimited' }]);
  const status = { running: false, waiting: 0, turns: 0, startedAt: 0, timeoutSeconds: 60 };
  const job = { eventId: id, notice: 'rateLimited', end: 'refused', status } as const;
  await createProcess(world).activities.notify(job);
  await createProcess(world).activities.notify(job);
  expect(await feedOf(world, desk, 'refused')).toMatchObject([
    { from: 'bot', text: expect.stringMatching(/^每人每 60 秒最多可发送 3 条/) },
  ]);
  expect(await endsOf(world, chatId)).toEqual(['refused']);
});
