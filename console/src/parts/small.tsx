import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { fullText, momentText } from '../format';
import { useWords } from '../preferences';

/** A time of day or a date, with all of it in the tooltip. */
export function Moment({ at }: { readonly at: string | null | undefined }) {
  const { locale, common } = useWords();
  if (!at) return <span className="quiet">{common.never}</span>;
  return (
    <time dateTime={at} title={fullText(at, locale)}>
      {momentText(at, locale)}
    </time>
  );
}

const COPIED_MS = 1500;

/** Something to be entered elsewhere, ready to be copied. */
export function CopyLine({ text, label }: { readonly text: string; readonly label: string }) {
  const words = useWords();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span className="copy-line">
      <code>{text}</code>
      <Tooltip title={copied ? words.common.copied : words.common.copy}>
        <Button
          size="small"
          type="text"
          icon={copied ? <CheckOutlined /> : <CopyOutlined />}
          aria-label={`${words.common.copy}: ${label}`}
          onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}
        />
      </Tooltip>
    </span>
  );
}

export const Facts = ({
  facts,
}: {
  readonly facts: readonly (readonly [title: string, value: ReactNode] | undefined | false | null | '')[];
}) => (
  <dl className="facts">
    {facts.map(
      (fact) =>
        fact && (
          <div key={fact[0]}>
            <dt>{fact[0]}</dt>
            <dd>{fact[1]}</dd>
          </div>
        ),
    )}
  </dl>
);

/** A short word on its own colour. */
export const Pill = ({ tone, children }: { readonly tone: string; readonly children: ReactNode }) => (
  <span className={`pill pill-${tone}`}>{children}</span>
);
