import { ArrowDownOutlined } from '@ant-design/icons';
import { Alert, Button } from 'antd';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { momentText } from '../format';
import { useWords } from '../preferences';
import { Announcer } from './announcer';
import { AnswerCard } from './card';
import type { ChatEntry } from './chats';
import { Message } from './message';
import { BotAvatar } from './people';
import type { Item, MessageItem, Timeline } from './timeline';
import type { Chat } from './use-chat';

interface Props {
  readonly entry: ChatEntry;
  readonly chat: Chat;
  /** The person who speaks now: their words stand on the right. */
  readonly speaker: string;
  onSuggest(text: string): void;
}

const NEAR_END_PX = 80;
const GAP_MS = 5 * 60_000;

export function Conversation({ entry, chat, speaker, onSuggest }: Props) {
  const words = useWords();
  const { timeline, link } = chat;
  const newestCard = timeline.findLast(({ kind }) => kind === 'card')?.key;
  const { scroller, content, away, toEnd } = useStickToEnd(`${entry.id} ${latestSent(timeline)}`);
  return (
    <div className="conversation">
      {link === 'lost' && timeline.length > 0 && <Alert banner type="warning" title={words.conversation.reconnecting} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className="scroller" ref={scroller} tabIndex={0} aria-label={words.conversation.messages}>
        <div className="messages" ref={content}>
          {timeline.length === 0 && link !== 'opening' && <Welcome group={entry.group} onSuggest={onSuggest} />}
          {timeline.map((item, index) => {
            const before = timeline[index - 1];
            const apart = !before || Date.parse(timeOf(item)) - Date.parse(timeOf(before)) > GAP_MS;
            return (
              <div key={item.key} className="row">
                {apart && (
                  <time className="moment" dateTime={timeOf(item)}>
                    {momentText(timeOf(item), words.locale)}
                  </time>
                )}
                {item.kind === 'card' ? (
                  <AnswerCard
                    card={item}
                    speaker={speaker}
                    newest={item.key === newestCard}
                    onPress={(action, detail) => chat.press(item.replyId, speaker, action, detail)}
                  />
                ) : (
                  <Message
                    message={item}
                    own={item.from === 'person' && item.sender === speaker}
                    joined={!apart && follows(before, item)}
                    onRetry={chat.sendAgain}
                  />
                )}
              </div>
            );
          })}
        </div>
      </section>
      {away && (
        <Button className="to-newest" shape="round" icon={<ArrowDownOutlined aria-hidden />} onClick={toEnd}>
          {words.conversation.toNewest}
        </Button>
      )}
      <Announcer key={entry.id} timeline={timeline} speaker={speaker} />
    </div>
  );
}

/** What we have just sent is to be seen, wherever the reader was. */
const latestSent = (timeline: Timeline): string => timeline.findLast((item) => item.kind === 'message' && item.delivery)?.key ?? '';

const timeOf = (item: Item): string => (item.kind === 'card' ? item.shownAt : item.at);

const follows = (before: Item | undefined, item: MessageItem): boolean =>
  before?.kind === 'message' && before.from === item.from && before.sender === item.sender;

function Welcome({ group, onSuggest }: { readonly group: boolean; onSuggest(text: string): void }) {
  const words = useWords();
  return (
    <div className="welcome">
      <BotAvatar size={56} />
      <h2>{words.conversation.emptyTitle}</h2>
      <p>{group ? words.conversation.emptyGroup : words.conversation.emptyPrivate}</p>
      <div className="suggestions">
        {words.conversation.suggestions.map((text) => (
          <button type="button" key={text} onClick={() => onSuggest(text)}>
            {text}
          </button>
        ))}
      </div>
    </div>
  );
}

/** Keeps the end in view while the reader is at the end, and leaves the reader alone who has scrolled up. */
function useStickToEnd(occasion: string) {
  const scroller = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sticking = useRef(true);
  const [away, setAway] = useState(false);
  const toEnd = () => {
    sticking.current = true;
    setAway(false);
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: each occasion begins at the end.
  useLayoutEffect(() => toEnd(), [occasion]);
  useEffect(() => {
    const box = scroller.current;
    const inner = content.current;
    if (!box || !inner) return;
    const listen = () => {
      sticking.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
      setAway(!sticking.current);
    };
    const grown = new ResizeObserver(() => {
      if (sticking.current) box.scrollTo({ top: box.scrollHeight });
      else listen();
    });
    grown.observe(inner);
    grown.observe(box);
    box.addEventListener('scroll', listen, { passive: true });
    return () => {
      grown.disconnect();
      box.removeEventListener('scroll', listen);
    };
  }, []);
  return { scroller, content, away, toEnd };
}
