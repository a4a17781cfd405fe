import { isTimeZone, type QuietHours, quietSince, weekdays } from './quiet-hours';

const night: QuietHours = { timeZone: 'Asia/Shanghai', from: '22:00', to: '06:30', days: weekdays, notice: true };
const weekend: QuietHours = { timeZone: 'Europe/Berlin', from: '00:00', to: '24:00', days: ['sat', 'sun'], notice: true };
const friday: QuietHours = { ...night, timeZone: 'UTC', days: ['fri'] };

test.each<[string, QuietHours, string, string | undefined]>([
  ['a minute before the night', night, '2026-11-21T21:59:59+08:00', undefined],
  ['the night begins', night, '2026-11-21T22:00:00+08:00', '2026-11-21'],
  ['after midnight it is the night of the day before', night, '2026-11-22T03:00:00+08:00', '2026-11-21'],
  ['the last minute', night, '2026-11-22T06:29:59+08:00', '2026-11-21'],
  ['the morning', night, '2026-11-22T06:30:00+08:00', undefined],
  ['the first day of a month belongs to the last night of the one before', night, '2026-12-01T01:00:00+08:00', '2026-11-30'],
  ['Friday night', friday, '2026-11-20T23:00:00Z', '2026-11-20'],
  ['Saturday before dawn belongs to Friday', friday, '2026-11-21T05:00:00Z', '2026-11-20'],
  ['Saturday night', friday, '2026-11-21T23:00:00Z', undefined],
  ['Friday before dawn belongs to Thursday', friday, '2026-11-20T05:00:00Z', undefined],
  ['Friday noon', weekend, '2026-11-20T12:00:00+01:00', undefined],
  ['Saturday, the first minute', weekend, '2026-11-21T00:00:00+01:00', '2026-11-21'],
  ['Sunday, the last minute', weekend, '2026-11-22T23:59:59+01:00', '2026-11-22'],
  ['Monday', weekend, '2026-11-23T00:00:00+01:00', undefined],
  ['the night in which clocks go back, before', { ...night, timeZone: 'Europe/Berlin' }, '2026-10-25T02:30:00+02:00', '2026-10-24'],
  ['the night in which clocks go back, after', { ...night, timeZone: 'Europe/Berlin' }, '2026-10-25T02:30:00+01:00', '2026-10-24'],
])('%s', (_, hours, at, since) => {
  expect(quietSince(hours, Date.parse(at))).toBe(since && Date.parse(since));
});

it('a place or a moment that no calendar knows is not quiet', () => {
  expect(quietSince({ ...night, timeZone: 'Nowhere/Else' }, Date.now())).toBeUndefined();
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 1e17]) expect(quietSince(night, at)).toBeUndefined();
});

test.each([
  ['Asia/Shanghai', true],
  ['UTC', true],
  ['Nowhere/Else', false],
  ['', false],
])('%p is a time zone: %p', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected);
});
