import { randomUUID } from 'node:crypto';
import { defaultTrigger } from '../../domain/trigger';
import { mergeTrigger, newTrigger, presentTrigger, toFields, triggerChange } from './trigger-fields';

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
  { groups: { context: { messages: 101 } } },
  { groups: { context: { windowSeconds: 0 } } },
  { groups: { overrides: [{ mention: 'any' }] } },
  { groups: { overrides: [{ chats: [], mention: 'any' }] } },
  { groups: { overrides: [{ chats: ['g1'], perPerson: {} }] } },
  { people: { allow: 'all' } },
  { people: { friends: [] } },
  { bots: 'maybe' },
  { botTurns: 0 },
  { external: 'ignore' },
  { perPerson: { messages: -1 } },
  { perPerson: { seconds: 86_401 } },
  { staleCommandSeconds: 0 },
  { quietHours: { timeZone: 'Asia/Shanghai', from: '22:00' } },
  { quietHours: { timeZone: 'Nowhere/Else', from: '22:00', to: '06:00' } },
  { quietHours: { timeZone: 'UTC', from: '24:00', to: '06:00' } },
  { quietHours: { timeZone: 'UTC', from: '22:00', to: '24:30' } },
  { quietHours: { timeZone: 'UTC', from: '22:00', to: '06:00', days: [] } },
  { quietHours: { timeZone: 'UTC', from: '22:00', to: '06:00', days: ['someday'] } },
  { order: -1 },
  { match: { keywords: [''] } },
  { match: { commands: ['no slash'] } },
  { match: { words: ['x'] } },
  { integrationId: 'mine' },
])('%j is refused, whether new or a change', (given) => {
  expect(newTrigger.safeParse({ integrationId, ...given }).success).toBe(false);
  expect(triggerChange.safeParse(given).success).toBe(false);
});

test('a change of one list leaves the other, and quiet hours come and go as a whole', () => {
  const quietHours = { timeZone: 'Asia/Shanghai', from: '22:00', to: '06:00' };
  const given = { people: { block: ['bob'] }, perPerson: { messages: 5 }, groups: { context: { messages: 3 } }, quietHours };
  const changed = mergeTrigger(
    { ...whole, settings: { ...defaultTrigger, people: { allow: ['ann'], block: [] } } },
    triggerChange.parse(given),
  );
  expect(changed.settings).toMatchObject({
    people: { allow: ['ann'], block: ['bob'] },
    perPerson: { messages: 5, seconds: 60 },
    groups: { context: { messages: 3, windowSeconds: 3600 } },
    quietHours: { ...quietHours, days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], notice: true },
  });
  expect(mergeTrigger({ ...whole, settings: changed.settings }, triggerChange.parse({ quietHours: null })).settings.quietHours).toBeNull();
});

test('what was stored before there were policies has their defaults', () => {
  const { gatherMs, onBusy, privateChats } = defaultTrigger;
  const { scope, mention } = defaultTrigger.groups;
  const old = { ...whole, settings: { gatherMs, onBusy, privateChats, groups: { scope, mention } } as unknown as typeof defaultTrigger };
  const { id: _, integrationId: __, enabled: ___, createdAt: ____, ...presented } = presentTrigger(old);
  expect(presented).toEqual(defaultTrigger);
  expect(mergeTrigger(old, {}).settings).toEqual(defaultTrigger);
});

test.each<[string, object, string]>([
  ['somebody both allowed and blocked', { people: { allow: ['a', 'b'], block: ['b'] } }, 'people.block.0'],
  ['somebody both selected and blocked', { privateChats: { people: ['a'] }, people: { block: ['x', 'a'] } }, 'people.block.1'],
  ['somebody blocked who may ask in groups', { groups: { people: ['a'] }, people: { block: ['a'] } }, 'people.block.0'],
  ['the same in one group', { groups: { overrides: [{ chats: ['g'], people: ['a'] }] }, people: { block: ['a'] } }, 'people.block.0'],
  ['a group both selected and blocked', { groups: { chats: ['g'], block: ['g'] } }, 'groups.block.0'],
  [
    'a group with two settings of its own',
    { groups: { overrides: [{ chats: ['g'] }, { chats: ['h', 'g'] }] } },
    'groups.overrides.1.chats.1',
  ],
  ['settings of a blocked group', { groups: { block: ['g'], overrides: [{ chats: ['g'] }] } }, 'groups.overrides.0.chats.0'],
  ['quiet hours without an end', { quietHours: { timeZone: 'UTC', from: '09:00', to: '09:00' } }, 'quietHours.to'],
  [
    'the same in one group',
    { groups: { overrides: [{ chats: ['g'], quietHours: { timeZone: 'UTC', from: '09:00', to: '09:00' } }] } },
    'groups.overrides.0.quietHours.to',
  ],
])('%s is a contradiction, whether new or a change', (_, given, path) => {
  const { error } = newTrigger.safeParse({ integrationId, ...given });
  expect(error?.issues.map((issue) => [issue.path.join('.'), /^(is|has|must) .+ /.test(issue.message)])).toEqual([[path, true]]);
  const change = () => mergeTrigger(whole, triggerChange.parse(given));
  expect(change).toThrow(expect.objectContaining({ status: 422, errors: [expect.objectContaining({ path })] }));
});
