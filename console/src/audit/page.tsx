import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { withQuery } from '../api';
import type { AuditRecord } from '../model';
import { dayStart } from '../parts/days';
import { PageFrame, Panel } from '../parts/page-frame';
import { Moment, Pill } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useWords } from '../preferences';
import { useRoute } from '../route';
import { usePages } from '../use-poll';
import { AuditFilters, filterNames } from './filters';
import { RecordDetail } from './record';

/** `#/audit?target=…`: what administrators did, newest first. */
export function AuditPage() {
  const words = useWords();
  const say = words.audit;
  const { query } = useRoute();
  const [shown, setShown] = useState<AuditRecord>();
  const given = Object.fromEntries(filterNames.map((name) => [name, query.get(name) ?? undefined]));
  const records = usePages<AuditRecord>(withQuery('audit', { ...given, from: dayStart(given.from), to: dayStart(given.to, 1) }));
  const close = () => setShown(undefined);
  return (
    <PageFrame title={say.title} about={say.about}>
      <AuditFilters records={records.items} />
      <Panel className="panel-table">
        <Loaded of={records} rows={8}>
          {records.items?.length === 0 ? (
            <Nothing title={say.empty} hint={say.emptyHint} />
          ) : (
            <Table
              label={say.title}
              rows={records.items ?? []}
              keyOf={({ id }) => id}
              columns={[
                { title: say.columns.at, cell: ({ ts }) => <Moment at={ts} /> },
                { title: say.columns.actor, cell: ({ actor }) => actor.name },
                { title: say.columns.action, cell: (one) => <span title={one.action}>{say.actions[one.action] ?? one.action}</span> },
                {
                  title: say.columns.target,
                  cell: ({ targets: [main] }) => (main ? `${main.type} ${main.name ?? main.id.slice(0, 8)}` : '–'),
                },
                {
                  title: say.columns.outcome,
                  cell: ({ outcome }) => <Pill tone={outcome.status === 'ok' ? 'done' : 'failed'}>{say.outcomes[outcome.status]}</Pill>,
                },
                {
                  title: say.columns.details,
                  silent: true,
                  end: true,
                  cell: (one) => (
                    <Button size="small" onClick={() => setShown(one)} aria-label={`${say.show}: ${say.actions[one.action] ?? one.action}`}>
                      {say.show}
                    </Button>
                  ),
                },
              ]}
            />
          )}
          <More more={records.more} />
        </Loaded>
      </Panel>
      <Drawer open={shown !== undefined} onClose={close} size={520} title={say.record}>
        {shown && <RecordDetail record={shown} onLeave={close} />}
      </Drawer>
    </PageFrame>
  );
}
