import { PlusOutlined } from '@ant-design/icons';
import { Button, Popconfirm, Space } from 'antd';
import { type ReactNode, useState } from 'react';
import { useWords } from '../preferences';
import { useApi, useMay } from '../session';
import { type Pace, usePages } from '../use-poll';
import { Panel } from './page-frame';
import { Pill } from './small';
import { Loaded, More, Nothing } from './states';
import { type Column, Table } from './table';
import { useAction } from './use-action';

interface Rule {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

interface Props<T extends Rule> {
  /** Of the list in the API. */
  readonly path: string;
  readonly pace?: Pace;
  readonly title: string;
  readonly say: {
    readonly about: string;
    readonly new: string;
    readonly empty: string;
    readonly emptyHint: string;
    readonly off: string;
    remove(name: string): string;
  };
  /** Between the name and the buttons. */
  readonly columns: readonly Column<T>[];
  /** A button before edit and delete. */
  readonly button?: (rule: T) => ReactNode;
  /** The dialog for a rule; for a new one it gets none. */
  readonly form: (rule: T | undefined, closing: { onClose(): void; onSaved(): void }) => ReactNode;
}

/** What an administrator lays down, one row each: made and changed in a dialog, and deleted. */
export function Rules<T extends Rule>({ path, pace, title, say, columns, button, form }: Props<T>) {
  const words = useWords();
  const rules = usePages<T>(path, pace);
  const mayConfigure = useMay('configure');
  const [editing, setEditing] = useState<T | 'new'>();
  const close = () => setEditing(undefined);
  const add = mayConfigure && (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setEditing('new')}>
      {say.new}
    </Button>
  );
  const name: Column<T> = {
    title: words.common.name,
    cell: (rule) => (
      <>
        {rule.name} {!rule.enabled && <Pill tone="stopped">{say.off}</Pill>}
      </>
    ),
  };
  const actions: Column<T> = {
    title: words.common.actions,
    silent: true,
    end: true,
    cell: (rule) => (
      <Space wrap>
        {button?.(rule)}
        {mayConfigure && (
          <Change
            path={`${path}/${rule.id}`}
            name={rule.name}
            question={say.remove(rule.name)}
            onEdit={() => setEditing(rule)}
            onDone={rules.refresh}
          />
        )}
      </Space>
    ),
  };
  return (
    <Panel title={title} about={say.about} className="panel-table" extra={rules.items?.length !== 0 && add}>
      <Loaded of={rules} rows={2}>
        {rules.items?.length === 0 ? (
          <Nothing title={say.empty} hint={say.emptyHint} action={add} />
        ) : (
          <Table label={title} rows={rules.items ?? []} keyOf={({ id }) => id} columns={[name, ...columns, actions]} />
        )}
        <More more={rules.more} />
      </Loaded>
      {editing &&
        form(editing === 'new' ? undefined : editing, {
          onClose: close,
          onSaved: () => {
            close();
            rules.refresh();
          },
        })}
    </Panel>
  );
}

interface ChangeProps {
  readonly path: string;
  readonly name: string;
  /** Asked before it is deleted. */
  readonly question: string;
  onEdit(): void;
  onDone(): void;
}

function Change({ path, name, question, onEdit, onDone }: ChangeProps) {
  const { common } = useWords();
  const api = useApi();
  const { run } = useAction();
  const remove = async () => {
    await run(() => api.delete(path), common.deleted);
    onDone();
  };
  return (
    <>
      <Button size="small" onClick={onEdit} aria-label={`${common.edit}: ${name}`}>
        {common.edit}
      </Button>
      <Popconfirm title={question} okText={common.delete} cancelText={common.cancel} onConfirm={remove}>
        <Button size="small" danger aria-label={`${common.delete}: ${name}`}>
          {common.delete}
        </Button>
      </Popconfirm>
    </>
  );
}
