import { Alert, Button, Empty, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api';
import { useWords } from '../preferences';
import type { Words } from '../words';

/** A sentence for whoever reads the page; the API's own where it has one. */
export function sentenceOf(error: unknown, words: Words): string {
  if (!(error instanceof ApiProblem)) return words.common.wentWrong;
  if (error.status === 0) return words.common.offline;
  const fields = error.fields.map(({ path, message }) => `${path} ${message}`);
  return [error.message, ...fields].join(' ');
}

interface Looking {
  readonly loading: boolean;
  readonly problem: ApiProblem | undefined;
  refresh(): void;
}

/** Shows `children` once there is something; until then a skeleton, or why there is nothing. */
export function Loaded({
  of,
  rows = 4,
  children,
}: {
  readonly of: Looking & { readonly value?: unknown; readonly items?: unknown };
  readonly rows?: number;
  readonly children: ReactNode;
}) {
  const words = useWords();
  if (of.loading)
    return (
      <div aria-busy="true" className="loading">
        <span className="visually-hidden">{words.loading}</span>
        <Skeleton active title={false} paragraph={{ rows }} />
      </div>
    );
  const known = of.value !== undefined || of.items !== undefined;
  return (
    <>
      {of.problem && <Problem problem={of.problem} onRetry={of.refresh} />}
      {known && children}
    </>
  );
}

export function Problem({ problem, onRetry }: { readonly problem: unknown; readonly onRetry?: () => void }) {
  const words = useWords();
  return (
    <Alert
      type={problem instanceof ApiProblem && problem.status === 0 ? 'warning' : 'error'}
      showIcon
      className="problem"
      title={sentenceOf(problem, words)}
      action={
        onRetry && (
          <Button size="small" onClick={onRetry}>
            {words.common.retry}
          </Button>
        )
      }
    />
  );
}

interface NothingProps {
  readonly title: string;
  /** What to do next. */
  readonly hint?: ReactNode;
  readonly action?: ReactNode;
}

/** An empty list says what to do next. */
export const Nothing = ({ title, hint, action }: NothingProps) => (
  <Empty
    className="nothing"
    image={Empty.PRESENTED_IMAGE_SIMPLE}
    description={
      <>
        <strong>{title}</strong>
        {hint && <span className="nothing-hint">{hint}</span>}
      </>
    }
  >
    {action}
  </Empty>
);

/** Further entries of a list, if there are any. */
export function More({ more }: { readonly more: (() => Promise<void>) | undefined }) {
  const words = useWords();
  return more ? (
    <div className="more">
      <Button onClick={() => void more()}>{words.common.more}</Button>
    </div>
  ) : null;
}
