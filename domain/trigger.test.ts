import type { InboundEvent } from './event';
import { admit, chatKey, defaultTrigger, type TriggerSettings } from './trigger';

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
const privately = (privateChats: Partial<TriggerSettings['privateChats']>): TriggerSettings => ({
  ...defaultTrigger,
  privateChats: { ...defaultTrigger.privateChats, ...privateChats },
});
const groups = (settings: Partial<TriggerSettings['groups']>): TriggerSettings => ({
  ...defaultTrigger,
  groups: { ...defaultTrigger.groups, ...settings },
});

describe('admit', () => {
  test.each<[string, TriggerSettings, InboundEvent, 'accepted' | 'ignored']>([
    ['anybody in private', defaultTrigger, event(), 'accepted'],
    ['nobody in private', privately({ scope: 'none' }), event(), 'ignored'],
    ['a selected person', privately({ scope: 'selected', people: ['ann'] }), event(), 'accepted'],
    ['somebody who is not selected', privately({ scope: 'selected', people: ['bob'] }), event(), 'ignored'],
    ['a mention in a group', defaultTrigger, inGroup({ forBot: true }), 'accepted'],
    ['talk in a group without a mention', defaultTrigger, inGroup(), 'ignored'],
    ['talk in a group where a mention is not needed', groups({ mention: 'any' }), inGroup(), 'accepted'],
    ['a key word in any case', groups({ mention: 'keywords', keywords: ['TAX'] }), inGroup({ text: 'my tax' }), 'accepted'],
    ['no key word', groups({ mention: 'keywords', keywords: ['tax'] }), inGroup({ text: 'lunch?' }), 'ignored'],
    ['a mention where key words are asked for', groups({ mention: 'keywords', keywords: ['tax'] }), inGroup({ forBot: true }), 'accepted'],
    ['no group', groups({ scope: 'none' }), inGroup({ forBot: true }), 'ignored'],
    ['a selected group', groups({ scope: 'selected', chats: ['g1'] }), inGroup({ forBot: true }), 'accepted'],
    ['another group than the selected', groups({ scope: 'selected', chats: ['g2'] }), inGroup({ forBot: true }), 'ignored'],
    ['an action, whatever the policy', groups({ scope: 'none' }), inGroup({ kind: 'action' }), 'accepted'],
    ['a recall, whatever the policy', privately({ scope: 'none' }), event({ kind: 'recall' }), 'accepted'],
  ])('%s', (_, settings, what, expected) => {
    expect(admit(settings, what)).toBe(expected);
  });
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
