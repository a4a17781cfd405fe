import { Tooltip } from 'antd';
import { durationText } from '../format';
import type { Turn } from '../model';
import { useWords } from '../preferences';

const STEPS = ['gatheringMs', 'waitingMs', 'preparingMs', 'thinkingMs', 'answeringMs', 'closingMs'] as const;

/** Shares below this would not be seen. */
const LEAST_SHARE = 1.5;

/** Where the time of a turn went, as bars on one line and in words. */
export function TurnTimeline({ turn: { durations } }: { readonly turn: Turn }) {
  const { timeline: say } = useWords().conversations;
  const spans = STEPS.flatMap((name) => (durations[name] ? [{ name, ms: durations[name] }] : []));
  const sum = spans.reduce((total, { ms }) => total + ms, 0);
  if (sum === 0) return null;
  const told = spans.map(({ name, ms }) => `${say[name]} ${durationText(ms)}`);
  return (
    <div className="turn-times">
      <div className="turn-bar" role="img" aria-label={say.label(told.join(', '))}>
        {spans.map(({ name, ms }) => (
          <Tooltip key={name} title={`${say[name]} ${durationText(ms)}`}>
            <span className={`turn-span span-${name}`} style={{ flexGrow: Math.max((ms / sum) * 100, LEAST_SHARE) }} />
          </Tooltip>
        ))}
      </div>
      <ul className="turn-legend" aria-hidden="true">
        {spans.map(({ name, ms }) => (
          <li key={name}>
            <i className={`span-${name}`} /> {say[name]} <b>{durationText(ms)}</b>
          </li>
        ))}
        <li>
          {say.total} <b>{durationText(durations.totalMs ?? sum)}</b>
        </li>
      </ul>
    </div>
  );
}
