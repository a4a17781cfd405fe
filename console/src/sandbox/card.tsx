import {
  CheckCircleFilled,
  ClockCircleOutlined,
  CloseCircleFilled,
  CopyOutlined,
  EditOutlined,
  FieldTimeOutlined,
  LoadingOutlined,
  PauseCircleFilled,
  StopOutlined,
  SyncOutlined,
} from '@ant-design/icons';
import { App, Button, Tooltip } from 'antd';
import { memo, type ReactNode, useEffect, useState } from 'react';
import { clockText } from '../format';
import { useWords } from '../preferences';
import type { Words } from '../words';
import { type CardState, isEnd, isWorking } from './events';
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
  onPress(action: string): Promise<void>;
}

/** The bot's answer to one turn: it waits, thinks, grows and ends in the same place. */
export const AnswerCard = memo(
  function AnswerCard({ card, onPress }: Props) {
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
            <CardBody card={card} />
            <CardFoot card={card} />
          </div>
        </div>
      </article>
    );
  },
  (before, after) => before.card === after.card,
);

function CardHead({ card, onPress }: Props) {
  const words = useWords();
  return (
    <header className="card-head">
      <span className="card-icon" aria-hidden="true">
        {icons[card.state]}
      </span>
      <span className="card-state">{words.card[card.state]}</span>
      <span className="card-detail">{headDetail(card, words)}</span>
      {(isWorking(card.state) || card.state === 'waiting') && (
        <>
          <Elapsed since={card.begunAt} />
          <StopButton onPress={onPress} />
        </>
      )}
    </header>
  );
}

function headDetail(card: CardItem, words: Words): string {
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

function StopButton({ onPress }: { onPress(action: string): Promise<void> }) {
  const words = useWords();
  const { message } = App.useApp();
  const [pressed, setPressed] = useState(false);
  const press = async () => {
    setPressed(true);
    try {
      await onPress('stop');
    } catch {
      setPressed(false);
      message.error(words.card.stopFailed);
    }
  };
  return (
    <Button size="small" danger icon={<StopOutlined aria-hidden />} disabled={pressed} onClick={() => void press()} className="card-stop">
      {pressed ? words.card.stopping : words.card.stop}
    </Button>
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

function CardFoot({ card }: { readonly card: CardItem }) {
  const words = useWords();
  if (!isEnd(card.state) || (!card.text && card.state !== 'done')) return null;
  const parts = [words.card.ai, card.seconds === undefined ? undefined : words.card.seconds(card.seconds.toFixed(1)), card.model];
  return (
    <footer className="card-foot">
      <span>{parts.filter(Boolean).join(' · ')}</span>
      {card.text && <CopyButton text={card.text} label={words.card.copy} />}
    </footer>
  );
}

function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const words = useWords();
  const { message } = App.useApp();
  const copy = () => navigator.clipboard.writeText(text).then(() => message.success(words.card.copied));
  return (
    <Tooltip title={label}>
      <Button type="text" size="small" icon={<CopyOutlined />} aria-label={label} onClick={() => void copy()} />
    </Tooltip>
  );
}
