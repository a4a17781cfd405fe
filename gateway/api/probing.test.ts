import { ChannelError } from '../../domain/errors';
import { probeWithin } from './probing';

test('the result of the checks is handed on', async () => {
  const result = { ok: true, checks: [{ name: 'credentials', ok: true, detail: 'fine', mend: '' }] };
  expect(await probeWithin(async () => result, 1000)).toEqual(result);
});

test('a check that throws on purpose is a failed check with its own words', async () => {
  const { ok, checks } = await probeWithin(() => Promise.reject(new ChannelError('unreachable', 'The platform cannot be reached.')), 1000);
  expect({ ok, check: checks[0] }).toMatchObject({ ok: false, check: { ok: false, detail: 'The platform cannot be reached.' } });
});

test('what else is thrown says nothing about our inside', async () => {
  const { checks } = await probeWithin(() => {
    throw new TypeError('cannot read appSecret of undefined');
  }, 1000);
  expect(JSON.stringify(checks)).not.toContain('appSecret');
});

test('a check that never ends is a failed check', async () => {
  const { ok, checks } = await probeWithin(() => new Promise(() => undefined), 10);
  expect({ ok, detail: checks[0]?.detail }).toEqual({ ok: false, detail: 'No result within 0.01 s.' });
});
