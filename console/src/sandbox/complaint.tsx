import { CloseOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useWords } from '../preferences';

interface Props {
  readonly id: string;
  /** A reason, with words behind a colon where there are any. */
  onSay(detail: string): Promise<void>;
  onClose(): void;
}

/** Asks why an answer was bad; the rating itself is given already. */
export function Complaint({ id, onSay, onClose }: Props) {
  const words = useWords();
  const [reason, setReason] = useState<string>();
  const [comment, setComment] = useState('');
  const panel = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.querySelector<HTMLElement>('.complaint-reasons button')?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const send = () => void onSay([reason ?? 'other', comment.trim()].filter(Boolean).join(': '));
  return (
    <fieldset
      id={id}
      ref={panel}
      className="complaint"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <legend>{words.card.why}</legend>
      <Button
        type="text"
        size="small"
        className="complaint-close"
        icon={<CloseOutlined />}
        aria-label={words.card.closeWhy}
        onClick={onClose}
      />
      <div className="complaint-reasons">
        {Object.entries(words.card.reasons).map(([code, label]) => (
          <Button
            key={code}
            size="small"
            shape="round"
            type={reason === code ? 'primary' : 'default'}
            aria-pressed={reason === code}
            onClick={() => setReason(code)}
          >
            {label}
          </Button>
        ))}
      </div>
      <div className="complaint-words">
        <Input
          size="small"
          value={comment}
          maxLength={500}
          aria-label={words.card.comment}
          placeholder={words.card.comment}
          onChange={({ target }) => setComment(target.value)}
          onPressEnter={send}
        />
        <Button size="small" type="primary" disabled={!reason && !comment.trim()} onClick={send}>
          {words.card.sendComment}
        </Button>
      </div>
    </fieldset>
  );
}
