import type { CardEvent, MessageEvent, SandboxEvent } from './events';

export interface MessageItem extends MessageEvent {
  readonly kind: 'message';
  readonly key: string;
  /** How our own message fares until the stream shows it; absent once it does. */
  readonly delivery?: 'sending' | 'sent' | 'failed';
}

export interface CardItem extends CardEvent {
  readonly kind: 'card';
  readonly key: string;
  /** When the turn began, in milliseconds since the epoch; unknown while it waits. */
  readonly begunAt?: number;
  /** When the card first appeared, so that it keeps its place and its time of day. */
  readonly shownAt: string;
}

export type Item = MessageItem | CardItem;
/** A chat as it stands: messages and cards in the order of their times, and last what is still on its way. */
export type Timeline = readonly Item[];

export type Change =
  | { readonly type: 'event'; readonly event: SandboxEvent /** In milliseconds since the epoch. */; readonly receivedAt: number }
  | { readonly type: 'sending'; readonly message: MessageEvent }
  | { readonly type: 'sent' | 'not-sent'; readonly messageId: string }
  | { readonly type: 'clear' };

/** Applies one change. Events may come twice or late: the same message stays one item, and a card never goes back. */
export function applyChange(timeline: Timeline, change: Change): Timeline {
  switch (change.type) {
    case 'clear':
      return [];
    case 'sending':
      return put(timeline, { ...change.message, kind: 'message', key: messageKey(change.message.messageId), delivery: 'sending' });
    case 'sent':
    case 'not-sent':
      return timeline.map((item) =>
        item.key === messageKey(change.messageId) && item.kind === 'message' && item.delivery
          ? { ...item, delivery: change.type === 'sent' ? 'sent' : 'failed' }
          : item,
      );
    case 'event':
      return change.event.type === 'message'
        ? withMessage(timeline, change.event.data)
        : withCard(timeline, change.event.data, change.receivedAt);
  }
}

const messageKey = (messageId: string) => `message/${messageId}`;

function withMessage(timeline: Timeline, message: MessageEvent): Timeline {
  const key = messageKey(message.messageId);
  const before = timeline.find((item) => item.key === key);
  const mentions = message.mentions ?? (before?.kind === 'message' ? before.mentions : undefined);
  return put(timeline, { ...message, ...(mentions ? { mentions } : {}), kind: 'message', key });
}

function withCard(timeline: Timeline, card: CardEvent, receivedAt: number): Timeline {
  const key = `card/${card.replyId}`;
  const before = timeline.find((item): item is CardItem => item.key === key && item.kind === 'card');
  if (before && card.sequence <= before.sequence) return timeline;
  const begunAt = begin(card, before, receivedAt);
  return put(timeline, { ...card, kind: 'card', key, shownAt: before?.shownAt ?? card.at, ...(begunAt === undefined ? {} : { begunAt }) });
}

/** Each frame knows how many seconds have passed; one that is shown late (the page was loaded anew) knows too few, so the earliest begin counts. */
function begin(card: CardEvent, before: CardItem | undefined, receivedAt: number): number | undefined {
  if (card.state === 'queued') return undefined;
  return Math.min(before?.begunAt ?? Number.POSITIVE_INFINITY, receivedAt - (card.seconds ?? 0) * 1000);
}

function put(timeline: Timeline, item: Item): Timeline {
  const at = timeline.findIndex(({ key }) => key === item.key);
  const items = at < 0 ? [...timeline, item] : timeline.with(at, item);
  return items.sort((a, b) => order(a) - order(b));
}

const order = (item: Item): number => {
  if (item.kind === 'card') return Date.parse(item.shownAt);
  // Our clock need not be the server's.
  return item.delivery ? Number.MAX_VALUE : Date.parse(item.at);
};
