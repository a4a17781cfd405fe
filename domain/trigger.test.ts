import type { InboundEvent } from './event';
import { chatKey, completeTrigger, defaultTrigger, type GroupOverride, settingsFor, type TriggerSettings } from './trigger';

const event = (more: Partial<InboundEvent> = {}): InboundEvent => ({
  kind: 'message',
  id: 'm1',
  at: 0,
  address: { chatId: 'c1', kind: 'private' },
  sender: { id: 'ann' },
  text: 'Hello',
  forBot: true,
  attachments: [],
  ...more,
});
const inGroup = (more: Partial<InboundEvent> = {}) => event({ address: { chatId: 'g1', kind: 'group' }, forBot: false, ...more });
const groups = (settings: Partial<TriggerSettings['groups']>): TriggerSettings => ({
  ...defaultTrigger,
  groups: { ...defaultTrigger.groups, ...settings },
});

describe('chatKey', () => {
  const threaded = inGroup({ address: { chatId: 'g1', kind: 'group', threadId: 't/1' } });

  test.each<[string, TriggerSettings, InboundEvent, string]>([
    ['a private chat', groups({ conversation: 'member' }), event(), 'private/c1'],
    ['a shared group', groups({ conversation: 'shared' }), threaded, 'group/g1'],
    ['a member of a group', groups({ conversation: 'member' }), inGroup({ sender: { id: 'a/b' } }), 'group/g1/member/a%2Fb'],
    ['a thread', groups({ conversation: 'thread' }), threaded, 'group/g1/thread/t%2F1'],
    ['a group outside its threads', groups({ conversation: 'thread' }), inGroup(), 'group/g1'],
  ])('of %s', (_, settings, what, expected) => {
    expect(chatKey(settings, what)).toBe(expected);
  });

  it('keeps ids with separators apart', () => {
    const ofMember = chatKey(groups({ conversation: 'member' }), inGroup({ sender: { id: 'x' } }));
    const ofGroup = chatKey(defaultTrigger, inGroup({ address: { chatId: 'g1/member/x', kind: 'group' } }));
    expect(ofGroup).not.toBe(ofMember);
  });
});

describe('completeTrigger', () => {
  it('gives what is not said its default, at every depth', () => {
    const stored = {
      gatherMs: 7,
      privateChats: { scope: 'none', people: [] },
      groups: { scope: 'all', chats: [], mention: 'any', keywords: [], conversation: 'member' },
    } as unknown as TriggerSettings;
    const { groups: given, privateChats } = stored;
    expect(completeTrigger(stored)).toEqual({
      ...defaultTrigger,
      gatherMs: 7,
      privateChats,
      groups: { ...defaultTrigger.groups, ...given },
    });
    const half = { groups: { context: { messages: 3 } }, perPerson: { messages: 9 } } as unknown as TriggerSettings;
    expect(completeTrigger(half)).toMatchObject({
      groups: { context: { messages: 3, windowSeconds: 3600 }, mention: 'required' },
      perPerson: { messages: 9, seconds: 60 },
    });
  });

  it('of nothing is the default', () => {
    expect(completeTrigger(null)).toEqual(defaultTrigger);
    expect(completeTrigger(defaultTrigger)).toEqual(defaultTrigger);
  });
});

describe('settingsFor', () => {
  const override: GroupOverride = { chats: ['g1', 'g2'], mention: 'any', onBusy: 'drop', gatherMs: 0, context: { messages: 5 } };
  const settings = groups({ overrides: [override, { chats: ['g2', 'g3'], conversation: 'thread', people: ['u1'], mention: undefined }] });
  const of = (chatId: string, kind: 'private' | 'group' = 'group') => settingsFor(settings, { chatId, kind });

  it('is what the group has of its own, and the rest of the trigger', () => {
    expect(of('g1')).toEqual({
      ...defaultTrigger,
      ...{ onBusy: 'drop', gatherMs: 0 },
      groups: { ...defaultTrigger.groups, mention: 'any', context: { messages: 5, windowSeconds: 3600 } },
    });
  });

  it('is by the first that names the group', () => {
    expect(of('g2').groups).toMatchObject({ mention: 'any', conversation: 'shared' });
    expect(of('g3').groups).toMatchObject({ mention: 'required', conversation: 'thread', people: ['u1'] });
    expect(of('g3').people).toEqual(defaultTrigger.people);
  });

  it('is the trigger itself everywhere else', () => {
    expect(of('g4')).toEqual(defaultTrigger);
    expect(of('g1', 'private')).toEqual(defaultTrigger);
  });
});
