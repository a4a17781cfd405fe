import { Radio } from 'antd';
import { useState } from 'react';
import type { RuledDelivery } from '../model';
import { Panel } from '../parts/page-frame';
import { Moment, Pill } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useWords } from '../preferences';
import { hrefTo } from '../route';
import { usePages } from '../use-poll';

const STATES = ['pending', 'sent', 'failed'] as const;
const TONES: Readonly<Record<RuledDelivery['state'], string>> = { pending: 'waiting', sent: 'done', failed: 'failed' };

/** Every message of the alerts, and what became of it. */
export function Deliveries() {
  const words = useWords();
  const say = words.settings.deliveries;
  const [state, setState] = useState<RuledDelivery['state'] | ''>('');
  const deliveries = usePages<RuledDelivery>(`alerts/deliveries?limit=20${state && `&state=${state}`}`);
  const isEmpty = deliveries.items?.length === 0;
  const filter = (
    <Radio.Group
      optionType="button"
      size="small"
      aria-label={say.filter}
      value={state}
      onChange={({ target }) => setState(target.value as typeof state)}
      options={[{ value: '', label: words.common.all }, ...STATES.map((value) => ({ value, label: say.states[value] }))]}
    />
  );
  return (
    <Panel title={say.title} about={say.about} className="panel-table" extra={!(isEmpty && state === '') && filter}>
      <Loaded of={deliveries}>
        {isEmpty ? (
          <Nothing title={state ? say.emptyState : say.empty} hint={!state && say.emptyHint} />
        ) : (
          <Table
            label={say.title}
            rows={deliveries.items ?? []}
            keyOf={({ id }) => id}
            columns={[
              { title: say.at, cell: ({ at }) => <Moment at={at} /> },
              { title: say.what, cell: (delivery) => <News {...delivery} /> },
              { title: say.to, cell: ({ alert }) => <Target {...alert} /> },
              { title: say.state, cell: (delivery) => <Outcome {...delivery} /> },
            ]}
          />
        )}
        <More more={deliveries.more} />
      </Loaded>
    </Panel>
  );
}

function News({ phase, incident }: RuledDelivery) {
  const { settings } = useWords();
  const { phases } = settings.deliveries;
  if (!incident) return <>{phases[phase]}</>;
  const { kind, subject } = incident;
  return (
    <span className="chat-cell">
      <a href={pageOf(kind, subject.id)}>{subject.name}</a>
      <span className="quiet">
        {settings.alerts.kindNames[kind] ?? kind} · {phases[phase]}
      </span>
    </span>
  );
}

/** Where the message's own link leads as well. */
function pageOf(kind: string, id: string): string {
  if (kind === 'events_unended') return hrefTo('overview');
  if (kind.startsWith('spending_')) return hrefTo('usage');
  return hrefTo(`${kind === 'expert_failing' ? 'experts' : 'integrations'}/${id}`);
}

function Target({ name, channel, to }: RuledDelivery['alert']) {
  const { settings } = useWords();
  return (
    <span className="chat-cell">
      {name}
      <span className="quiet">{[settings.alerts.channels[channel] ?? channel, to].filter(Boolean).join(' · ')}</span>
    </span>
  );
}

function Outcome({ state, attempts, error, nextTryAt }: RuledDelivery) {
  const say = useWords().settings.deliveries;
  return (
    <span className="chat-cell">
      <span>
        <Pill tone={TONES[state]}>{say.states[state]}</Pill>
        {attempts > 1 && <span className="quiet"> {say.tries(attempts)}</span>}
      </span>
      {error && <span className={state === 'failed' ? 'is-bad' : 'quiet'}>{error}</span>}
      {error && nextTryAt && (
        <span className="quiet">
          {say.next}: <Moment at={nextTryAt} />
        </span>
      )}
    </span>
  );
}
