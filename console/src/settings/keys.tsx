import { Button, Form, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import type { ApiKey } from '../model';
import { showInFields } from '../parts/form-problems';
import { Panel } from '../parts/page-frame';
import { Moment, Pill } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { usePages } from '../use-poll';
import { RoleChoice } from './role-choice';
import { SecretModal, type Shown } from './secret-modal';

interface NewKey {
  readonly name: string;
  readonly role: string;
  readonly expires?: string;
}

const TONES: Readonly<Record<ApiKey['state'], string>> = { valid: 'done', expired: 'expired', revoked: 'stopped' };

/** Keys for programs. */
export function KeySettings() {
  const words = useWords();
  const say = words.settings.keys;
  const api = useApi();
  const { busy, run } = useAction();
  const [form] = Form.useForm<NewKey>();
  const [shown, setShown] = useState<Shown>();
  const keys = usePages<ApiKey>('keys');
  const make = async ({ name, role, expires }: NewKey) => {
    await run(async () => {
      try {
        const expiresAt = expires ? new Date(`${expires}T23:59:59`).toISOString() : undefined;
        const { key } = await api.post<{ readonly key: string }>('keys', { name, role, ...(expiresAt && { expiresAt }) });
        setShown({ title: say.made, hint: say.madeHint, text: key });
        form.resetFields();
      } catch (error) {
        if (!showInFields(form, error)) throw error;
      }
    });
    keys.refresh();
  };
  const revoke = async (id: string) => {
    await run(() => api.delete(`keys/${id}`), say.states.revoked);
    keys.refresh();
  };
  return (
    <Panel title={words.settings.tabs.keys} about={say.about} className="panel-table">
      <Form form={form} layout="vertical" className="filters" onFinish={make} initialValues={{ role: 'viewer' }} requiredMark={false}>
        <Form.Item name="name" label={say.name} rules={[{ required: true, whitespace: true, message: words.schema.missing }]}>
          <Input autoComplete="off" maxLength={100} />
        </Form.Item>
        <Form.Item name="role" label={say.role}>
          <RoleChoice />
        </Form.Item>
        <Form.Item name="expires" label={say.expires} tooltip={say.expiresHelp}>
          <Input type="date" />
        </Form.Item>
        <div className="filter-buttons">
          <Button type="primary" htmlType="submit" loading={busy}>
            {say.new}
          </Button>
        </div>
      </Form>
      <Loaded of={keys}>
        {keys.items?.length === 0 ? (
          <Nothing title={say.empty} hint={say.emptyHint} />
        ) : (
          <Table
            label={words.settings.tabs.keys}
            rows={keys.items ?? []}
            keyOf={({ id }) => id}
            columns={[
              { title: say.name, cell: ({ name }) => name },
              { title: say.role, cell: ({ role }) => words.roles[role] ?? role },
              { title: say.state, cell: ({ state }) => <Pill tone={TONES[state]}>{say.states[state]}</Pill> },
              { title: words.common.created, cell: ({ createdAt }) => <Moment at={createdAt} /> },
              { title: say.lastUsed, cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
              { title: say.expires, cell: ({ expiresAt }) => (expiresAt ? <Moment at={expiresAt} /> : '–') },
              {
                title: words.common.actions,
                silent: true,
                end: true,
                cell: ({ id, name, state }) =>
                  state === 'valid' && (
                    <Popconfirm
                      title={say.revokeAsk(name)}
                      okText={say.revoke}
                      cancelText={words.common.cancel}
                      onConfirm={() => revoke(id)}
                    >
                      <Button size="small" danger aria-label={`${say.revoke}: ${name}`}>
                        {say.revoke}
                      </Button>
                    </Popconfirm>
                  ),
              },
            ]}
          />
        )}
        <More more={keys.more} />
      </Loaded>
      <SecretModal shown={shown} onClose={() => setShown(undefined)} />
    </Panel>
  );
}
