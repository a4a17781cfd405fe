import { DownloadOutlined } from '@ant-design/icons';
import { Button, Segmented, Space } from 'antd';
import { useMemo, useState } from 'react';
import { withQuery } from '../api';
import type { UsageRow } from '../model';
import { saveFile } from '../parts/download';
import { PageFrame, Panel } from '../parts/page-frame';
import { Moment } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { usePagesBy } from '../use-poll';
import { Limits } from './limits';

const KEYS = ['person', 'department', 'expert', 'integration'] as const;
const DAYS = ['1', '7', '30', '90'] as const;
const OFTEN_MS = 30_000;

const keyOf = ({ key }: UsageRow): string => key ?? '';

/** Questions and tokens, the most first. */
export function UsagePage() {
  const words = useWords();
  const say = words.usage;
  const api = useApi();
  const { busy, run } = useAction();
  const [by, setBy] = useState<(typeof KEYS)[number]>('person');
  const [days, setDays] = useState<(typeof DAYS)[number]>('7');
  const from = useMemo(() => new Date(Date.now() - Number(days) * 86_400_000).toISOString(), [days]);
  const usage = usePagesBy<UsageRow>(keyOf, withQuery('usage', { by, from }), OFTEN_MS);
  const number = (value: number) => value.toLocaleString(words.locale);
  const save = () => run(() => saveFile(api, withQuery('exports/usage', { by, from }), `usage-by-${by}.csv`));
  return (
    <PageFrame
      title={say.title}
      about={say.about}
      actions={
        <Button icon={<DownloadOutlined aria-hidden />} loading={busy} onClick={save}>
          {say.download}
        </Button>
      }
    >
      <Space wrap className="choices">
        <Segmented aria-label={say.by} value={by} onChange={setBy} options={KEYS.map((value) => ({ value, label: say.keys[value] }))} />
        <Segmented
          aria-label={say.range}
          value={days}
          onChange={setDays}
          options={DAYS.map((value) => ({ value, label: say.ranges[value] }))}
        />
      </Space>
      <Panel className="panel-table">
        <Loaded of={usage} rows={8}>
          {usage.items?.length === 0 ? (
            <Nothing title={say.empty} hint={say.emptyHint} />
          ) : (
            <Table
              label={say.title}
              rows={usage.items ?? []}
              keyOf={keyOf}
              columns={[
                { title: say.keys[by] ?? by, cell: ({ name, person, key }) => (person ?? name ?? key)?.slice(0, 80) ?? say.unknown },
                ...(by === 'person' ? [{ title: say.columns.department, cell: ({ department }: UsageRow) => department ?? '–' }] : []),
                { title: say.columns.turns, cell: ({ turns }) => number(turns), end: true },
                { title: say.columns.failed, cell: ({ failed }) => number(failed), end: true },
                { title: say.columns.messages, cell: ({ messages }) => number(messages), end: true },
                { title: say.columns.input, cell: ({ inputTokens }) => number(inputTokens), end: true },
                { title: say.columns.output, cell: ({ outputTokens }) => number(outputTokens), end: true },
                { title: say.columns.last, cell: ({ lastAt }) => <Moment at={lastAt} />, end: true },
              ]}
            />
          )}
          <More more={usage.more} />
        </Loaded>
      </Panel>
      <Limits />
    </PageFrame>
  );
}
