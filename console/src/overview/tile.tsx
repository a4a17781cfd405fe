import { Skeleton } from 'antd';
import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly value: ReactNode | undefined;
  readonly tone?: 'good' | 'bad' | undefined;
  readonly href?: string;
  readonly children?: ReactNode;
}

/** One figure, large. */
export function Tile({ title, value, tone, href, children }: Props) {
  return (
    <li className={`figure ${tone ? `figure-${tone}` : ''}`}>
      <h2>{href ? <a href={href}>{title}</a> : title}</h2>
      {value === undefined ? <Skeleton.Button active size="small" /> : <p className="figure-value">{value}</p>}
      {value !== undefined && children && <p className="figure-note">{children}</p>}
    </li>
  );
}
