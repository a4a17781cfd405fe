import { Progress } from 'antd';
import type { SpendingLimit } from '../model';
import { useNames } from '../parts/names';
import { Rules } from '../parts/rules';
import { Moment } from '../parts/small';
import { useWords } from '../preferences';
import { LimitForm } from './limit-form';

const OFTEN_MS = 30_000;
const COLOURS = { below: 'var(--green)', near: 'var(--amber)', reached: 'var(--red)' } as const;

/** How much may be used, and how much of it is. */
export function Limits() {
  const say = useWords().usage.limits;
  return (
    <Rules<SpendingLimit>
      path="spending-limits"
      pace={OFTEN_MS}
      title={say.title}
      say={say}
      columns={[
        { title: say.whose, cell: (limit) => <Whose limit={limit} /> },
        { title: say.used, cell: (limit) => <Used limit={limit} /> },
        { title: say.action, cell: ({ action }) => say.actions[action] },
        { title: say.resets, cell: ({ state }) => <Moment at={state.resetsAt} />, end: true },
      ]}
      form={(limit, closing) => <LimitForm limit={limit} {...closing} />}
    />
  );
}

function Whose({ limit: { expertId, integrationId, department, person, personId, eachPerson } }: { readonly limit: SpendingLimit }) {
  const { limits: say } = useWords().usage;
  const names = useNames();
  const parts = [
    eachPerson && say.whoNames.each,
    personId && (person ?? personId.slice(0, 8)),
    department,
    expertId && names.expert(expertId),
    integrationId && names.integration(integrationId),
  ].filter(Boolean);
  return <>{parts.length > 0 ? parts.join(' · ') : say.everything}</>;
}

function Used({ limit: { name, amount, measure, state } }: { readonly limit: SpendingLimit }) {
  const { locale, usage } = useWords();
  const say = usage.limits;
  const text = say.usedOf(state.used.toLocaleString(locale), amount.toLocaleString(locale), say.measures[measure]);
  return (
    <div style={{ minWidth: 160 }}>
      <Progress
        percent={Math.min(100, Math.floor((state.used / amount) * 100))}
        strokeColor={COLOURS[state.level]}
        size="small"
        status="normal"
        aria-label={`${name}: ${text}`}
      />
      <span className="quiet">{text}</span>
    </div>
  );
}
