import type { CardEvent, MessageEvent } from '../../console/src/sandbox/events';
import { applyChange, type Change, type Timeline } from '../../console/src/sandbox/timeline';

const NOW = Date.parse('2026-01-01T10:00:10.000Z');
const timelineAfter = (...changes: readonly Change[]): Timeline => changes.reduce<Timeline>(applyChange, []);
const said = (messageId: string, text = 'hello'): MessageEvent => ({
  messageId,
  from: 'person',
  sender: 'lin',
  text,
  at: '2026-01-01T10:00:00.000Z',
});
const heard = (message: MessageEvent): Change => ({ type: 'event', event: { type: 'message', data: message }, receivedAt: NOW });
const card = (sequence: number, more: Partial<CardEvent> = {}): Change => ({
  type: 'event',
  receivedAt: NOW,
  event: {
    type: 'card',
    data: { replyId: 'r', turnId: 't', state: 'streaming', text: `text ${sequence}`, sequence, at: '2026-01-01T10:00:10.000Z', ...more },
  },
});

describe('the timeline of a chat', () => {
  it('keeps one item for a message that is sent, then heard, then heard again', () => {
    const timeline = timelineAfter(
      { type: 'sending', message: { ...said('1'), mentions: ['bot'] } },
      heard(said('1')),
      { type: 'sent', messageId: '1' },
      heard(said('1')),
    );
    expect(timeline).toHaveLength(1);
    expect(timeline[0]).toMatchObject({ messageId: '1', mentions: ['bot'] });
    expect(timeline[0]).not.toHaveProperty('delivery');
  });

  it('says that a message was not sent, until it is sent again', () => {
    const lost = timelineAfter({ type: 'sending', message: said('1') }, { type: 'not-sent', messageId: '1' });
    expect(lost[0]).toMatchObject({ delivery: 'failed' });
    expect(applyChange(lost, { type: 'sending', message: said('1') })).toMatchObject([{ delivery: 'sending' }]);
  });

  it('lets a message count as sent that was heard although its sending failed', () => {
    const timeline = timelineAfter({ type: 'sending', message: said('1') }, heard(said('1')), { type: 'not-sent', messageId: '1' });
    expect(timeline[0]).not.toHaveProperty('delivery');
  });

  it('never lets a card go back', () => {
    expect(timelineAfter(card(3), card(2), card(3, { text: 'again' }))).toMatchObject([{ sequence: 3, text: 'text 3' }]);
  });

  it('keeps a card where it first appeared, however late its words arrive', () => {
    const later = { ...said('2'), at: '2026-01-01T10:00:20.000Z' };
    const live = timelineAfter(card(1, { state: 'queued' }), heard(later), card(2));
    const loaded = timelineAfter(heard(later), card(2), heard(said('1')));
    expect(live.map(({ key }) => key)).toEqual(['card/r', 'message/2']);
    expect(loaded.map(({ key }) => key)).toEqual(['message/1', 'card/r', 'message/2']);
  });

  it('shows what is on its way last, whatever our clock says', () => {
    const early = { ...said('2'), at: '2025-01-01T00:00:00.000Z' };
    expect(timelineAfter(heard(said('1')), { type: 'sending', message: early }, card(1)).map(({ key }) => key)).toEqual([
      'message/1',
      'card/r',
      'message/2',
    ]);
  });

  it('counts the seconds of a turn from its begin, not from its waiting', () => {
    expect(timelineAfter(card(1, { state: 'queued' }))[0]).not.toHaveProperty('begunAt');
    expect(timelineAfter(card(1, { state: 'queued' }), card(2, { seconds: 2.5 }))[0]).toMatchObject({ begunAt: NOW - 2500 });
    expect(timelineAfter(card(1, { seconds: 9 }), card(2, { seconds: 2.5 }))[0]).toMatchObject({ begunAt: NOW - 9000 });
  });
});
