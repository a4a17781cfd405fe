import { ArrowLeftOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { type ReactNode, useEffect, useRef } from 'react';
import { useWords } from '../preferences';

interface Props {
  readonly title: string;
  /** One sentence below the title. */
  readonly about?: ReactNode;
  /** The page one comes from. */
  readonly back?: { readonly href: string; readonly title: string };
  /** Beside the title, such as a state. */
  readonly mark?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Texts and forms read better in a narrow column. */
  readonly narrow?: boolean;
}

let firstPage = true;

/** The frame of an administration page: where one is, what can be done, the content. */
export function PageFrame({ title, about, back, mark, actions, children, narrow }: Props) {
  const words = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${words.product}`;
  }, [title, words]);
  useEffect(() => {
    // Screen readers are told of the new page; a page that was just loaded is read anyway.
    if (!firstPage) heading.current?.focus({ preventScroll: true });
    firstPage = false;
  }, []);
  return (
    <main className={`page ${narrow ? 'page-narrow' : ''}`} id="content">
      <div className="page-head">
        <div className="page-title">
          {back && (
            <Button
              type="text"
              href={back.href}
              icon={<ArrowLeftOutlined />}
              aria-label={words.common.backTo(back.title)}
              className="page-back"
            />
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {mark}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
        {about && <p className="page-about">{about}</p>}
      </div>
      {children}
    </main>
  );
}

interface PanelProps {
  readonly title?: ReactNode;
  readonly extra?: ReactNode;
  readonly about?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}

/** A part of a page with a heading of its own. */
export const Panel = ({ title, extra, about, children, className = '' }: PanelProps) => (
  <section className={`panel ${className}`}>
    {(title || extra) && (
      <div className="panel-head">
        <h2>{title}</h2>
        {extra && <div className="panel-extra">{extra}</div>}
      </div>
    )}
    {about && <p className="panel-about">{about}</p>}
    {children}
  </section>
);
