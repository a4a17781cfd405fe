import fc from 'fast-check';
import { backoffMs, type ConnectionRecord, connectionStatus } from './connection';

const now = new Date('2026-11-21T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);
const record = (more: Partial<ConnectionRecord> = {}): ConnectionRecord => ({
  epoch: 1,
  owner: 'connections-1',
  state: 'connected',
  parked: false,
  since: ago(60),
  provenAt: ago(1),
  lastEventAt: ago(5),
  lastCallAt: null,
  lastCallVersion: null,
  lastError: null,
  failures: 0,
  now,
  ...more,
});
const lastError = { code: 'unreachable', message: 'The platform cannot be reached.', at: ago(5).toISOString() };

describe('the status of a connection', () => {
  it('is connected with a fresh proof, and says for how long and by whom', () => {
    expect(connectionStatus(record(), 'listen')).toEqual({
      ...{ state: 'connected', parked: false, since: ago(60).toISOString(), uptimeSeconds: 60, reason: '' },
      ...{ lastError: null, lastEventAt: ago(5).toISOString(), owner: 'connections-1', attempt: 0 },
    });
  });

  test.each<[string, Partial<ConnectionRecord>, 'listen' | 'receive' | 'local', string, RegExp]>([
    ['a proof of ten seconds ago', { provenAt: ago(10) }, 'listen', 'connected', /^$/],
    ['an older proof', { provenAt: ago(10.1) }, 'listen', 'connecting', /No process holds it/],
    ['no proof at all', { provenAt: null }, 'listen', 'connecting', /No process holds it/],
    ['a called channel whose probe succeeded long ago', { provenAt: ago(7200) }, 'receive', 'connected', /^$/],
    ['a called channel that nobody has called', { lastEventAt: null }, 'receive', 'connected', /callback/],
    ['a called channel whose address was checked', { lastEventAt: null, lastCallAt: ago(5) }, 'receive', 'connected', /^$/],
    ['a local channel that nobody has called', { lastEventAt: null }, 'local', 'connected', /^$/],
    ['nobody who has a free slot', { state: 'connecting', owner: null, provenAt: null }, 'listen', 'connecting', /free slot/],
    ['a process that logs in', { state: 'connecting', provenAt: null }, 'listen', 'connecting', /^Connecting/],
    ['a first failure', { state: 'connecting', provenAt: null, failures: 1, lastError }, 'listen', 'connecting', /cannot be reached/],
    ['failures for a short time', { state: 'connecting', provenAt: null, failures: 9, lastError }, 'listen', 'connecting', /cannot be/],
    [
      'failures for long',
      { state: 'connecting', provenAt: null, failures: 3, lastError, since: ago(61) },
      'listen',
      'disconnected',
      /cannot/,
    ],
    ['refused credentials', { state: 'connecting', parked: true, lastError }, 'listen', 'disconnected', /cannot be reached/],
    ['refused credentials, unknown why', { parked: true }, 'listen', 'disconnected', /credentials/],
    ['a switch that is off', { state: 'disabled', parked: true, lastError }, 'listen', 'disabled', /Switched off/],
  ])('with %s', (_, more, way, state, reason) => {
    const status = connectionStatus(record(more), way);
    expect(status.state).toBe(state);
    expect(status.reason).toMatch(reason);
  });

  it('is parked only where somebody has to act, and then nobody owns it', () => {
    expect(connectionStatus(record({ parked: true }), 'listen')).toMatchObject({ parked: true, owner: null, uptimeSeconds: null });
    expect(connectionStatus(record({ parked: true, state: 'disabled' }), 'listen')).toMatchObject({ parked: false, owner: null });
  });
});

describe('the pause before the next log-in', () => {
  it('grows to a minute and never beyond, with jitter', () => {
    const between = (failures: number) => [backoffMs(failures, [], 0, 0), backoffMs(failures, [], 0, 0.999_999)];
    expect([1, 2, 3, 6, 50].map(between)).toEqual([
      [500, 2000],
      [500, 4000],
      [500, 8000],
      [500, 60_000],
      [500, 60_000],
    ]);
  });

  it('lets at most three log-ins into any minute, however the dice fall', () => {
    const dice = fc.array(fc.record({ random: fc.double({ min: 0, max: 1, noNaN: true }), lasts: fc.nat(90_000) }), {
      minLength: 5,
      maxLength: 40,
    });
    fc.assert(
      fc.property(dice, (tries) => {
        const logins: number[] = [];
        let time = 0;
        tries.forEach(({ random, lasts }, failures) => {
          logins.push(time);
          time += lasts;
          time += backoffMs(failures, logins.slice(-3), time, random);
        });
        logins.forEach((at) => {
          expect(logins.filter((other) => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(3);
        });
      }),
      { seed: Date.now(), numRuns: 300 },
    );
  });
});
