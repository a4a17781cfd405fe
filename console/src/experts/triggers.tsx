import { PlusOutlined } from '@ant-design/icons';
import { Button, Modal, Popconfirm, Select, Space } from 'antd';
import { useState } from 'react';
import type { Trigger } from '../model';
import { useNames } from '../parts/names';
import { Panel } from '../parts/page-frame';
import { Pill } from '../parts/small';
import { Loaded, Nothing } from '../parts/states';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi, useMay } from '../session';
import { usePages } from '../use-poll';
import { TriggerForm } from './trigger-form';

/** Where the expert answers. */
export function Triggers({ expertId }: { readonly expertId: string }) {
  const words = useWords();
  const say = words.experts.triggers;
  const triggers = usePages<Trigger>(`experts/${expertId}/triggers?limit=100`);
  const mayConfigure = useMay('configure');
  const [editing, setEditing] = useState<Trigger>();
  const [adding, setAdding] = useState(false);
  const add = mayConfigure && (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>
      {say.add}
    </Button>
  );
  return (
    <Panel title={words.experts.tabs.triggers} extra={triggers.items?.length !== 0 && add}>
      <Loaded of={triggers}>
        {triggers.items?.length === 0 ? (
          <Nothing title={say.empty} hint={say.emptyHint} action={add} />
        ) : (
          <ul className="rows">
            {triggers.items?.map((trigger) => (
              <TriggerRow
                key={trigger.id}
                expertId={expertId}
                trigger={trigger}
                onEdit={() => setEditing(trigger)}
                onChanged={triggers.refresh}
              />
            ))}
          </ul>
        )}
      </Loaded>
      {editing && (
        <TriggerForm
          key={editing.id}
          expertId={expertId}
          trigger={editing}
          onClose={() => setEditing(undefined)}
          onSaved={() => {
            setEditing(undefined);
            triggers.refresh();
          }}
        />
      )}
      {adding && (
        <NewTrigger
          expertId={expertId}
          onClose={() => setAdding(false)}
          onMade={(made) => {
            setAdding(false);
            setEditing(made);
            triggers.refresh();
          }}
        />
      )}
    </Panel>
  );
}

interface RowProps {
  readonly expertId: string;
  readonly trigger: Trigger;
  onEdit(): void;
  onChanged(): void;
}

function TriggerRow({ expertId, trigger, onEdit, onChanged }: RowProps) {
  const words = useWords();
  const say = words.experts.triggers;
  const api = useApi();
  const names = useNames();
  const { run } = useAction();
  const mayConfigure = useMay('configure');
  const remove = async () => {
    await run(() => api.delete(`experts/${expertId}/triggers/${trigger.id}`), words.common.deleted);
    onChanged();
  };
  return (
    <li className="row-line">
      <div>
        <a href={`#/integrations/${trigger.integrationId}`}>{names.integration(trigger.integrationId)}</a>{' '}
        {!trigger.enabled && <Pill tone="stopped">{say.off}</Pill>}
        <p className="quiet">{summaryOf(trigger, say.fields)}</p>
      </div>
      {mayConfigure && (
        <Space>
          <Button onClick={onEdit}>{words.common.edit}</Button>
          <Popconfirm title={say.remove} okText={words.common.delete} cancelText={words.common.cancel} onConfirm={remove}>
            <Button danger>{words.common.delete}</Button>
          </Popconfirm>
        </Space>
      )}
    </li>
  );
}

type FieldNames = Readonly<Record<string, { readonly label: string; readonly options?: Readonly<Record<string, string>> }>>;

/** The settings that matter most, in words. */
function summaryOf(trigger: Trigger, fields: FieldNames): string {
  const { privateChats, groups, onBusy } = trigger as unknown as {
    readonly privateChats: { readonly scope: string };
    readonly groups: { readonly scope: string; readonly mention: string };
    readonly onBusy: string;
  };
  const told = (path: string, value: string) => `${fields[path]?.label}: ${fields[path]?.options?.[value] ?? value}`;
  return [told('privateChats.scope', privateChats.scope), told('groups.scope', groups.scope), told('onBusy', onBusy)].join(' · ');
}

function NewTrigger({ expertId, onClose, onMade }: { readonly expertId: string; onClose(): void; onMade(made: Trigger): void }) {
  const words = useWords();
  const say = words.experts.triggers;
  const api = useApi();
  const { integrations } = useNames();
  const { busy, run } = useAction();
  const [integrationId, setIntegrationId] = useState<string>();
  const make = () => run(async () => onMade(await api.post<Trigger>(`experts/${expertId}/triggers`, { integrationId })));
  return (
    <Modal
      open
      title={say.add}
      onCancel={onClose}
      onOk={make}
      okText={say.add}
      cancelText={words.common.cancel}
      okButtonProps={{ disabled: !integrationId, loading: busy }}
    >
      {integrations.length === 0 ? (
        <Nothing title={say.noIntegrations} action={<Button href="#/integrations/new">{words.integrations.new}</Button>} />
      ) : (
        <>
          <label htmlFor="trigger-integration">{say.integration}</label>
          <Select
            id="trigger-integration"
            className="full"
            value={integrationId ?? null}
            onChange={(id) => setIntegrationId(id ?? undefined)}
            options={integrations.map(({ id, name }) => ({ value: id, label: name }))}
          />
        </>
      )}
    </Modal>
  );
}
