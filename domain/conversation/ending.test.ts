import { talk, timings } from '../../tests/support/talk';
import { isIdle, knownEvents, sessionDeadline } from '../conversation';
import { beginEnding } from './ending';
import { hear, nextSession } from './hearing';
import { closed, leaveClosing } from './turns';

describe('a session', () => {
  it('ends its time-out after the last activity', () => {
    const chat = talk({ sessionTimeoutSeconds: 60 });
    chat.say('a');
    chat.wait(30_000);
    chat.begin();
    chat.wait(30_000);
    chat.end();
    expect(sessionDeadline(chat.s)).toBe(chat.now() + 60_000);
    chat.wait(10_000);
    chat.command('help');
    expect(sessionDeadline(chat.s)).toBe(chat.now() + 60_000);
  });

  it('is not idle while something is left to tell or to show', () => {
    const chat = talk();
    expect(isIdle(chat.s)).toBe(true);
    chat.command('help');
    expect(isIdle(chat.s)).toBe(false);
    chat.told();
    const closing = leaveClosing(chat.s, 'turn');
    expect([isIdle(closing), isIdle(closed(closing, 'turn'))]).toEqual([false, true]);
  });

  it('keeps what comes while it ends for the next one, in order', () => {
    const chat = talk();
    chat.say('a');
    chat.begin();
    chat.end();
    const ending = beginEnding(chat.s, 'timeout');
    expect(beginEnding(ending, 'ended').ending?.reason).toBe('timeout');
    const heard = { id: 'b', number: 9, kind: 'message', at: 0, personId: 'ann', shared: false, versionId: 'v', timings } as const;
    const later = hear(ending, heard, { now: 0, newId: () => 'x' });
    expect([later.after.length, knownEvents(later)]).toEqual([1, ['b']]);
    const next = nextSession(leaveClosing(later, 'card'), 'session-2', { now: 0, newId: () => 'x' });
    expect([next.gathering.map(({ id }) => id), next.closing, next.askers]).toEqual([['b'], ['card'], ['ann']]);
  });
});
