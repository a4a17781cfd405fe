import { randomUUID } from 'node:crypto';
import { defaultTrigger } from '../../domain/trigger';
import { mergeTrigger, newTrigger, toFields, triggerChange } from './trigger-fields';

const integrationId = randomUUID();
const whole = { id: randomUUID(), createdAt: new Date(), ...toFields(newTrigger.parse({ integrationId })) };

test('what is not said has its default', () => {
  expect(toFields(newTrigger.parse({ integrationId }))).toEqual({ integrationId, enabled: true, settings: defaultTrigger });
});

test('half a list of groups has defaults for the other half', () => {
  const { settings } = toFields(newTrigger.parse({ integrationId, groups: { mention: 'any' } }));
  expect(settings.groups).toEqual({ ...defaultTrigger.groups, mention: 'any' });
});

test('a change touches the given fields only', () => {
  const changed = mergeTrigger(whole, triggerChange.parse({ gatherMs: 0, groups: { keywords: ['help'] } }));
  const groups = { ...defaultTrigger.groups, keywords: ['help'] };
  expect(changed).toEqual({ integrationId, enabled: true, settings: { ...defaultTrigger, gatherMs: 0, groups } });
  expect(mergeTrigger(whole, triggerChange.parse({}))).toEqual({ integrationId, enabled: true, settings: defaultTrigger });
});

test.each([
  { gatherMs: -1 },
  { gatherMs: 60_001 },
  { gatherMs: 0.5 },
  { gatherMaxMessages: 0 },
  { gatherMaxMessages: 101 },
  { sessionTimeoutSeconds: 0 },
  { sessionTimeoutSeconds: 2_592_001 },
  { queueMax: -1 },
  { queueMax: 1001 },
  { onBusy: 'wait' },
  { enabled: 'yes' },
  { privateChats: { scope: 'some' } },
  { privateChats: { people: 'all' } },
  { groups: { keywords: [''] } },
  { groups: { chats: ['a\0b'] } },
  { groups: { chats: ['\ud800'] } },
  { groups: { threads: true } },
  { order: 1 },
  { integrationId: 'mine' },
])('%j is refused, whether new or a change', (given) => {
  expect(newTrigger.safeParse({ integrationId, ...given }).success).toBe(false);
  expect(triggerChange.safeParse(given).success).toBe(false);
});
