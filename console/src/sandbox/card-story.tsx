import { BulbOutlined, CheckCircleOutlined, CloseCircleOutlined, LoadingOutlined, ToolOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useWords } from '../preferences';
import type { CardStep } from './events';
import { Markdown } from './markdown';
import type { CardItem } from './timeline';

/** How the expert came to its answer, folded: its steps with their times, and its thoughts. */
export function CardStory({ card: { steps = [], reasoning } }: { readonly card: CardItem }) {
  const words = useWords();
  if (steps.length === 0 && !reasoning) return null;
  const seconds = steps.reduce((sum, step) => sum + (step.seconds ?? 0), 0);
  const summary = [words.card.steps(steps.length), seconds > 0 ? words.card.seconds(seconds.toFixed(1)) : ''].filter(Boolean).join(' · ');
  return (
    <div className="card-story">
      {steps.length > 0 && (
        <Fold icon={<ToolOutlined />} summary={summary}>
          <ol className="steps">
            {steps.map((step) => (
              <Step key={step.id} step={step} />
            ))}
          </ol>
        </Fold>
      )}
      {reasoning && (
        <Fold icon={<BulbOutlined />} summary={words.card.thoughts}>
          <Markdown text={reasoning} />
        </Fold>
      )}
    </div>
  );
}

function Fold({ icon, summary, children }: { readonly icon: ReactNode; readonly summary: string; readonly children: ReactNode }) {
  return (
    <details className="fold">
      <summary>
        <span aria-hidden="true">{icon}</span> {summary}
      </summary>
      <div className="fold-content">{children}</div>
    </details>
  );
}

const icons: Readonly<Record<CardStep['status'], ReactNode>> = {
  running: <LoadingOutlined />,
  done: <CheckCircleOutlined />,
  failed: <CloseCircleOutlined />,
};

function Step({ step: { title, status, seconds } }: { readonly step: CardStep }) {
  const words = useWords();
  return (
    <li className={`step step-${status}`}>
      <span className="step-icon" aria-hidden="true">
        {icons[status]}
      </span>
      <span className="step-title">{title}</span>
      <span className="visually-hidden">{words.card.stepStates[status]}</span>
      {seconds !== undefined && <span className="step-seconds">{words.card.seconds(seconds.toFixed(1))}</span>}
    </li>
  );
}
