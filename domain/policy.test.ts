import fc from 'fast-check';
import type { InboundEvent } from './event';
import { type Admission, admit, isLate } from './policy';
import { weekdays } from './quiet-hours';
import { completeTrigger, defaultTrigger, settingsFor, type TriggerSettings } from './trigger';

const event = (more: Partial<InboundEvent> = {}): InboundEvent => ({
  kind: 'message',
  id: 'm1',
  at: Date.UTC(2026, 10, 21, 12),
  address: { chatId: 'c1', kind: 'private' },
  sender: { id: 'ann' },
  text: 'Hello',
  forBot: true,
  attachments: [],
  ...more,
});
const inGroup = (more: Partial<InboundEvent> = {}) => event({ address: { chatId: 'g1', kind: 'group' }, forBot: false, ...more });
const named = (more: Partial<InboundEvent> = {}) => inGroup({ forBot: true, ...more });
const bot = { sender: { id: 'robot', bot: true } };
const outsider = { sender: { id: 'guest', external: true } };

const set = (settings: Partial<TriggerSettings>): TriggerSettings => ({ ...defaultTrigger, ...settings });
const privately = (privateChats: Partial<TriggerSettings['privateChats']>) =>
  set({ privateChats: { ...defaultTrigger.privateChats, ...privateChats } });
const groups = (settings: Partial<TriggerSettings['groups']>) => set({ groups: { ...defaultTrigger.groups, ...settings } });
const people = (lists: Partial<TriggerSettings['people']>) => set({ people: { ...defaultTrigger.people, ...lists } });
const noon = set({ quietHours: { timeZone: 'UTC', from: '11:00', to: '13:00', days: weekdays, notice: true } });

const cases: readonly [string, TriggerSettings, InboundEvent, Admission][] = [
  ['anybody in private', defaultTrigger, event(), 'accepted'],
  ['nobody in private', privately({ scope: 'none' }), event(), 'ignored'],
  ['a selected person', privately({ scope: 'selected', people: ['ann'] }), event(), 'accepted'],
  ['somebody who is not selected', privately({ scope: 'selected', people: ['bob'] }), event(), 'ignored'],
  ['a mention in a group', defaultTrigger, named(), 'accepted'],
  ['talk in a group without a mention', defaultTrigger, inGroup(), 'overheard'],
  ['talk in a group where a mention is not needed', groups({ mention: 'any' }), inGroup(), 'accepted'],
  ['a key word in any case', groups({ mention: 'keywords', keywords: ['TAX'] }), inGroup({ text: 'my tax' }), 'accepted'],
  ['no key word', groups({ mention: 'keywords', keywords: ['tax'] }), inGroup({ text: 'lunch?' }), 'overheard'],
  ['a mention where key words are asked for', groups({ mention: 'keywords', keywords: ['tax'] }), named(), 'accepted'],
  ['no group', groups({ scope: 'none' }), named(), 'ignored'],
  ['a selected group', groups({ scope: 'selected', chats: ['g1'] }), named(), 'accepted'],
  ['another group than the selected', groups({ scope: 'selected', chats: ['g2'] }), named(), 'ignored'],
  ['a blocked group, talk in it as well', groups({ block: ['g1'] }), inGroup(), 'ignored'],
  ['another group than the blocked', groups({ block: ['g2'] }), named(), 'accepted'],
  ['one of those who may ask in groups', groups({ people: ['ann'] }), named(), 'accepted'],
  ['somebody else in a group is context at most', groups({ people: ['bob'] }), named(), 'overheard'],
  ['who may ask in groups is no matter in private', groups({ people: ['bob'] }), event(), 'accepted'],
  ['everybody named is not the bot named', defaultTrigger, inGroup({ forAll: true }), 'overheard'],
  ['everybody named, where that names the bot', groups({ mentionAll: true }), inGroup({ forAll: true }), 'accepted'],
  ['the bot named beside everybody', defaultTrigger, named({ forAll: true }), 'accepted'],
  ['a blocked person in private', people({ block: ['ann'] }), event(), 'ignored'],
  ['a blocked person in a group leaves no context', people({ block: ['ann'] }), inGroup(), 'ignored'],
  ['an allowed person', people({ allow: ['ann'] }), event(), 'accepted'],
  ['somebody who is not among the allowed', people({ allow: ['bob'] }), named(), 'ignored'],
  ['a button of a blocked person', people({ block: ['ann'] }), inGroup({ kind: 'action' }), 'ignored'],
  ['a bot in private', defaultTrigger, event(bot), 'ignored'],
  ['a bot that names ours in a group', defaultTrigger, named(bot), 'overheard'],
  ['a bot, where bots are answered', set({ bots: 'answer' }), named(bot), 'accepted'],
  ['our own words, whatever is answered', set({ bots: 'answer' }), named({ sender: { id: 'me', self: true } }), 'ignored'],
  ['a person from outside', defaultTrigger, event(outsider), 'accepted'],
  ['a person from outside, where they are refused', set({ external: 'refuse' }), event(outsider), 'outsider'],
  ['talk of a person from outside that is not for the bot', set({ external: 'refuse' }), inGroup(outsider), 'overheard'],
  ['a question in quiet hours', noon, event(), 'quietHours'],
  ['talk in quiet hours that is not for the bot', noon, inGroup(), 'overheard'],
  ['a question after them', noon, event({ at: Date.UTC(2026, 10, 21, 13) }), 'accepted'],
  ['/stop in quiet hours', noon, event({ text: '/停止' }), 'accepted'],
  ['/help in quiet hours', noon, event({ text: '/help' }), 'quietHours'],
  ['a button in quiet hours', noon, event({ kind: 'action' }), 'accepted'],
  ['an action, whatever the scope', groups({ scope: 'none' }), inGroup({ kind: 'action' }), 'accepted'],
  ['a recall, whatever the scope', privately({ scope: 'none' }), event({ kind: 'recall' }), 'accepted'],
  ['a recall of somebody who was blocked since', people({ block: ['ann'] }), event({ kind: 'recall' }), 'accepted'],
];

describe('admit', () => {
  test.each(cases)('%s', (_, settings, what, expected) => {
    expect(admit(settings, what)).toBe(expected);
  });

  it('has a decision for any settings and any event, and always the same', () => {
    const id = fc.constantFrom('ann', 'bob', 'g1', 'g2', '');
    const ids = fc.array(id, { maxLength: 3 });
    const scope = fc.constantFrom('all', 'selected', 'none');
    const policy = {
      people: ids,
      mention: fc.constantFrom('required', 'any', 'keywords'),
      keywords: fc.array(fc.string(), { maxLength: 3 }),
      mentionAll: fc.boolean(),
      conversation: fc.constantFrom('shared', 'member', 'thread'),
    };
    const override = fc.record({ chats: ids, ...policy, context: fc.record({ messages: fc.nat(9) }) }, { requiredKeys: ['chats'] });
    const time = fc.oneof(fc.string(), fc.constantFrom('00:00', '09:30', '22:00', '24:00'));
    const quietHours = fc.record({
      timeZone: fc.oneof(fc.string(), fc.constantFrom('UTC', 'Asia/Shanghai', 'America/New_York', 'Nowhere/Else')),
      ...{ from: time, to: time, days: fc.subarray([...weekdays]), notice: fc.boolean() },
    });
    const settings = fc.record(
      {
        privateChats: fc.record({ scope, people: ids }, { requiredKeys: [] }),
        groups: fc.record(
          { scope, chats: ids, block: ids, ...policy, overrides: fc.array(override, { maxLength: 3 }) },
          { requiredKeys: [] },
        ),
        people: fc.record({ allow: ids, block: ids }, { requiredKeys: [] }),
        bots: fc.constantFrom('ignore', 'answer'),
        external: fc.constantFrom('answer', 'refuse'),
        quietHours: fc.option(quietHours),
      },
      { requiredKeys: [] },
    );
    const heard = fc.record({
      kind: fc.constantFrom('message', 'action', 'recall', 'edit'),
      ...{ id: fc.string(), text: fc.string(), at: fc.double(), forBot: fc.boolean(), forAll: fc.boolean(), attachments: fc.constant([]) },
      address: fc.record({ chatId: id, kind: fc.constantFrom('private', 'group') }),
      sender: fc.record({ id, bot: fc.boolean(), external: fc.boolean(), self: fc.boolean() }),
    });
    fc.assert(
      fc.property(settings, heard, (given, what) => {
        const told = what as InboundEvent;
        const decide = () => admit(settingsFor(completeTrigger(given as unknown as TriggerSettings), told.address), told);
        const decided = decide();
        expect(['accepted', 'ignored', 'overheard', 'outsider', 'quietHours']).toContain(decided);
        expect(decide()).toBe(decided);
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  ['one minute old', 60_000, false],
  ['older', 60_001, true],
  ['from the future', -5000, false],
])('a command that is %s', (_, age, late) => {
  expect(isLate(defaultTrigger, event({ at: 1_000_000_000 }), 1_000_000_000 + age)).toBe(late);
});

it('a command of unknown time is not late', () => {
  expect(isLate(defaultTrigger, event({ at: 0 }), Date.now())).toBe(false);
});
