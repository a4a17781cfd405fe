import {
  CheckCircleFilled,
  ClockCircleOutlined,
  CloseCircleFilled,
  EditOutlined,
  FieldTimeOutlined,
  LoadingOutlined,
  PauseCircleFilled,
  StopOutlined,
  SyncOutlined,
} from '@ant-design/icons';
import { memo, type ReactNode, useEffect, useState } from 'react';
import { clockText } from '../format';
import { useWords } from '../preferences';
import type { Words } from '../words';
import { CardFoot, CopyButton, type Press, StopButton } from './card-buttons';
import { CardStory } from './card-story';
import { type CardState, isWorking } from './events';
import { Markdown } from './markdown';
import { BotAvatar } from './people';
import type { CardItem } from './timeline';

const icons: Readonly<Record<CardState, ReactNode>> = {
  queued: <ClockCircleOutlined />,
  thinking: <LoadingOutlined />,
  streaming: <EditOutlined />,
  waiting: <PauseCircleFilled />,
  recovering: <SyncOutlined spin />,
  done: <CheckCircleFilled />,
  failed: <CloseCircleFilled />,
  stopped: <StopOutlined />,
  expired: <FieldTimeOutlined />,
};

interface Props {
  readonly card: CardItem;
  /** Whoever presses its buttons. */
  readonly speaker: string;
  /** No card came after it: only then can its question be asked again. */
  readonly newest: boolean;
  readonly onPress: Press;
}

/** The bot's answer to one turn: it waits, thinks, grows and ends in the same place. */
export const AnswerCard = memo(
  function AnswerCard({ card, speaker, newest, onPress }: Props) {
    const words = useWords();
    const state = words.card[card.state];
    return (
      <article className="message" aria-label={words.card.label(state)} data-reply-id={card.replyId} data-state={card.state}>
        <div className="message-face">
          <BotAvatar />
        </div>
        <div className="message-body">
          <div className="message-head">
            <span className="message-name">{words.bot}</span>
            <span className="tag tag-bot">{words.botTag}</span>
            <time dateTime={card.shownAt}>{clockText(card.shownAt, words.locale)}</time>
          </div>
          <div className={`card card-${card.state}`}>
            <CardHead card={card} onPress={onPress} />
            <CardStory card={card} />
            <CardBody card={card} />
            <CardFoot key={speaker} card={card} newest={newest} onPress={onPress} />
          </div>
        </div>
      </article>
    );
  },
  (before, after) => before.card === after.card && before.speaker === after.speaker && before.newest === after.newest,
);

function CardHead({ card, onPress }: Pick<Props, 'card' | 'onPress'>) {
  const words = useWords();
  return (
    <header className="card-head">
      <span className="card-icon" aria-hidden="true">
        {icons[card.state]}
      </span>
      <span className="card-state">{words.card[card.state]}</span>
      <span className="card-detail">{headDetail(card, words)}</span>
      {(isWorking(card.state) || card.state === 'waiting') && <Elapsed since={card.begunAt} />}
      {(card.buttons ?? []).includes('stop') && <StopButton onPress={onPress} />}
    </header>
  );
}

function headDetail(card: CardItem, words: Words): string {
  if (isWorking(card.state)) return card.steps?.findLast(({ status }) => status === 'running')?.title ?? '';
  if (card.state !== 'queued') return '';
  const place = card.queuePlace === undefined ? undefined : card.queuePlace <= 1 ? words.card.next : words.card.place(card.queuePlace);
  return [place, card.messages === undefined ? undefined : words.card.holds(card.messages)].filter(Boolean).join(' · ');
}

/** Ticks by itself: a thinking card gets no frames. */
function Elapsed({ since }: { readonly since: number | undefined }) {
  const words = useWords();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, []);
  if (since === undefined) return null;
  return (
    <span className="card-seconds" role="timer" aria-live="off">
      {words.card.seconds((Math.max(0, now - since) / 1000).toFixed(1))}
    </span>
  );
}

function CardBody({ card }: { readonly card: CardItem }) {
  const words = useWords();
  const note = noteOf(card, words);
  return (
    <div className="card-body">
      {card.text && (
        <Markdown text={card.text} whole={card.state === 'done'} growing={card.state === 'streaming' || card.state === 'recovering'} />
      )}
      {card.state === 'thinking' && !card.text && (
        <div className="shimmer" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
      )}
      {note && <p className="card-note">{note}</p>}
      {card.reference && <Reference reference={card.reference} />}
    </div>
  );
}

function noteOf(card: CardItem, words: Words): string | undefined {
  switch (card.state) {
    case 'queued':
      return words.card.queuedText;
    case 'recovering':
      return words.card.recoveringText;
    case 'failed':
      return card.reason ?? words.card.failedText;
    case 'stopped':
      return card.reason ?? words.card.stoppedText;
    case 'expired':
      return card.reason ?? words.card.expiredText;
    case 'done':
      return card.text ? undefined : words.card.emptyText;
    default:
      return undefined;
  }
}

/** The number an administrator can look up, ready to be copied. */
function Reference({ reference }: { readonly reference: string }) {
  const words = useWords();
  return (
    <p className="card-reference">
      {words.card.reference} <code>{reference}</code> <CopyButton text={reference} label={words.card.copyReference} />
    </p>
  );
}
