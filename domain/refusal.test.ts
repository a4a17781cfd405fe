import { type Heard, openConversation } from './conversation';
import { hear } from './conversation/hearing';
import { noticeText } from './phrases';
import { type Refused, refusals } from './refusal';
import { defaultTrigger } from './trigger';

const clock = { now: 1000, newId: () => 'turn' };
const names = Object.keys(refusals) as Refused[];

test.each(names)('%s is told by one notice, with its end, and asks nothing', (name) => {
  const { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax } = defaultTrigger;
  const timings = { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax };
  const event: Heard = {
    ...{ id: 'e', number: 1, kind: 'command', command: name, at: 0, personId: 'p', shared: true, versionId: 'v', timings },
  };
  const once = hear(openConversation('s', timings, 0), event, clock);
  expect(once.chores).toEqual([{ kind: 'notice', event, notice: name, end: refusals[name] }]);
  expect([once.gathering, once.waiting, once.askers]).toEqual([[], [], []]);
  expect(hear(once, event, clock)).toBe(once);
});

test.each(names)('%s has words in both languages', (name) => {
  for (const policies of [null, defaultTrigger]) {
    expect(noticeText(name, 'en', undefined, policies)).toMatch(/^[A-Z][\x20-\x7e]+\.$/);
    expect(noticeText(name, 'zh', undefined, policies)).toMatch(/^\p{Script=Han}.+。$/u);
  }
});

it('a refusal names the limit', () => {
  const quietHours = { timeZone: 'Asia/Shanghai', from: '22:00', to: '06:00', days: ['mon'], notice: true } as const;
  const policies = { perPerson: { messages: 20, seconds: 60 }, quietHours };
  expect(noticeText('rateLimited', 'en', undefined, policies)).toMatch(/20 messages .* 60 s/);
  expect(noticeText('quietHours', 'zh', undefined, policies)).toMatch(/22:00–06:00，Asia\/Shanghai/);
});
