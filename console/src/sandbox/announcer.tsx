import { useEffect, useRef, useState } from 'react';
import { useWords } from '../preferences';
import type { Words } from '../words';
import { isEnd } from './events';
import { nameOf } from './people';
import type { Item, Timeline } from './timeline';

/**
 * Tells screen readers what is new in the chat: others' messages, and a card's states. A streaming text is read once it is
 * whole; read word by word it would be noise.
 */
export function Announcer({ timeline, speaker }: { readonly timeline: Timeline; readonly speaker: string }) {
  const words = useWords();
  const told = useRef<ReadonlyMap<string, string> | undefined>(undefined);
  const [news, setNews] = useState('');
  useEffect(() => {
    const now = new Map(timeline.map((item) => [item.key, markOf(item)]));
    const before = told.current;
    told.current = now;
    if (!before) return;
    const fresh = timeline.filter((item) => before.get(item.key) !== markOf(item) && !(item.kind === 'message' && item.sender === speaker));
    // A whole chat that arrives at once is not news.
    if (fresh.length > 0 && fresh.length <= 3) setNews(fresh.map((item) => lineOf(item, words)).join('. '));
  }, [timeline, speaker, words]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {news}
    </div>
  );
}

const markOf = (item: Item): string => (item.kind === 'card' ? item.state : 'message');

function lineOf(item: Item, words: Words): string {
  if (item.kind === 'message') return words.conversation.said(item.from === 'bot' ? words.bot : nameOf(words, item.sender), item.text);
  const state = words.conversation.cardSaid(words.card[item.state]);
  return isEnd(item.state) ? [state, item.reason, item.text].filter(Boolean).join('. ') : state;
}
