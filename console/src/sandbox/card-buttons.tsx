import {
  CopyOutlined,
  DislikeFilled,
  DislikeOutlined,
  LikeFilled,
  LikeOutlined,
  MessageOutlined,
  ReloadOutlined,
  StopOutlined,
} from '@ant-design/icons';
import { App, Button, Tooltip } from 'antd';
import { type ReactNode, useState } from 'react';
import { usePreferences, useWords } from '../preferences';
import { Complaint } from './complaint';
import { type CardAction, isEnd } from './events';
import type { CardItem } from './timeline';
import type { Toast } from './use-chat';

export type Press = (action: CardAction, detail?: string) => Promise<Toast | null>;

/** Presses and tells what came of it. Resolves false when the press did not arrive. */
function usePress(onPress: Press): (action: CardAction, detail?: string) => Promise<boolean> {
  const { words, language } = usePreferences();
  const { message } = App.useApp();
  return async (action, detail) => {
    try {
      const toast = await onPress(action, detail);
      if (toast) message.info(toast[language]);
      return true;
    } catch {
      message.error(words.card.stopFailed);
      return false;
    }
  };
}

export function StopButton({ onPress }: { readonly onPress: Press }) {
  const words = useWords();
  const press = usePress(onPress);
  const [pressed, setPressed] = useState(false);
  const stop = async () => {
    setPressed(true);
    if (!(await press('stop'))) setPressed(false);
  };
  return (
    <Button size="small" danger icon={<StopOutlined aria-hidden />} disabled={pressed} onClick={() => void stop()} className="card-stop">
      {pressed ? words.card.stopping : words.card.stop}
    </Button>
  );
}

/** What stands under an ended answer: where it came from, and what can be done with it. */
export function CardFoot({ card, newest, onPress }: { readonly card: CardItem; readonly newest: boolean; readonly onPress: Press }) {
  const words = useWords();
  const press = usePress(onPress);
  const [rating, setRating] = useState<'good' | 'bad'>();
  const [complaining, setComplaining] = useState(false);
  if (!isEnd(card.state)) return null;
  const buttons = card.buttons ?? [];
  const rate = async (action: 'good' | 'bad') => {
    if (!(await press(action))) return;
    setRating(action);
    setComplaining(action === 'bad');
  };
  const id = `complaint-${card.replyId}`;
  return (
    <footer className="card-foot">
      <div className="card-line">
        <span className="card-origin">{card.footer}</span>
        <span className="card-tools">
          {card.text && <CopyButton text={card.text} label={words.card.copy} />}
          {buttons.includes('good') && (
            <Tool label={words.card.good} pressed={rating === 'good'} onClick={() => void rate('good')}>
              {rating === 'good' ? <LikeFilled /> : <LikeOutlined />}
            </Tool>
          )}
          {buttons.includes('bad') && (
            <Tool label={words.card.bad} pressed={rating === 'bad'} expanded={complaining} controls={id} onClick={() => void rate('bad')}>
              {rating === 'bad' ? <DislikeFilled /> : <DislikeOutlined />}
            </Tool>
          )}
        </span>
      </div>
      {complaining && (
        <Complaint
          id={id}
          onClose={() => setComplaining(false)}
          onSay={async (detail) => {
            if (await press('bad', detail)) setComplaining(false);
          }}
        />
      )}
      {newest && <NextSteps buttons={buttons} press={press} />}
    </footer>
  );
}

/** Asking again and beginning anew: only on the newest card, and once. */
function NextSteps({ buttons, press }: { readonly buttons: readonly CardAction[]; press(action: CardAction): Promise<boolean> }) {
  const words = useWords();
  const [pressed, setPressed] = useState(false);
  const shown = buttons.filter((action) => action === 'regenerate' || action === 'retry' || action === 'new');
  if (shown.length === 0) return null;
  const go = async (action: CardAction) => {
    setPressed(true);
    if (!(await press(action))) setPressed(false);
  };
  return (
    <div className="card-next">
      {shown.map((action) => (
        <Button
          key={action}
          size="small"
          disabled={pressed}
          icon={action === 'new' ? <MessageOutlined aria-hidden /> : <ReloadOutlined aria-hidden />}
          onClick={() => void go(action)}
        >
          {action === 'new' ? words.card.newSession : words.card[action]}
        </Button>
      ))}
    </div>
  );
}

interface ToolProps {
  readonly label: string;
  readonly pressed: boolean;
  readonly expanded?: boolean;
  readonly controls?: string;
  readonly children: ReactNode;
  onClick(): void;
}

function Tool({ label, pressed, expanded, controls, children, onClick }: ToolProps) {
  return (
    <Tooltip title={label}>
      <Button
        type="text"
        size="small"
        icon={children}
        aria-label={label}
        aria-pressed={pressed}
        {...(expanded === undefined ? {} : { 'aria-expanded': expanded })}
        {...(expanded && controls ? { 'aria-controls': controls } : {})}
        className={pressed ? 'tool-pressed' : ''}
        onClick={onClick}
      />
    </Tooltip>
  );
}

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const words = useWords();
  const { message } = App.useApp();
  const copy = () => navigator.clipboard.writeText(text).then(() => message.success(words.card.copied));
  return (
    <Tooltip title={label}>
      <Button type="text" size="small" icon={<CopyOutlined />} aria-label={label} onClick={() => void copy()} />
    </Tooltip>
  );
}
