import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import type { MadeTenant, Tenant } from '../model';
import { DeleteWholeButton } from '../parts/delete-whole';
import { showInFields } from '../parts/form-problems';
import { PageFrame, Panel } from '../parts/page-frame';
import { Moment } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { usePages } from '../use-poll';
import { TenantMade } from './made';

interface NewTenant {
  readonly name: string;
  readonly adminEmail?: string;
}

/** All tenants, for whoever administers the platform. */
export function TenantsPage() {
  const words = useWords();
  const say = words.tenants;
  const tenants = usePages<Tenant>('tenants');
  const [made, setMade] = useState<MadeTenant & { readonly name: string }>();
  return (
    <PageFrame title={say.title} about={say.about}>
      <Panel title={say.new}>
        <CreateForm onDone={tenants.refresh} onMade={setMade} />
      </Panel>
      <Panel title={say.title} className="panel-table">
        <Loaded of={tenants}>
          {tenants.items?.length === 0 ? (
            <Nothing title={say.empty} hint={say.emptyHint} />
          ) : (
            <Table
              label={say.title}
              rows={tenants.items ?? []}
              keyOf={({ id }) => id}
              columns={[
                { title: say.name, cell: ({ name }) => name },
                { title: words.common.created, cell: ({ createdAt }) => <Moment at={createdAt} /> },
                { title: say.needsReason, cell: ({ contentNeedsReason }) => (contentNeedsReason ? say.yes : say.no) },
                {
                  title: words.common.actions,
                  silent: true,
                  end: true,
                  cell: ({ id, name }) => <DeleteWholeButton kind="tenants" id={id} name={name} onDone={tenants.refresh} />,
                },
              ]}
            />
          )}
          <More more={tenants.more} />
        </Loaded>
      </Panel>
      {made && <TenantMade made={made} onClose={() => setMade(undefined)} />}
    </PageFrame>
  );
}

interface CreateProps {
  onDone(): void;
  onMade(made: MadeTenant & { readonly name: string }): void;
}

function CreateForm({ onDone, onMade }: CreateProps) {
  const words = useWords();
  const say = words.tenants;
  const api = useApi();
  const { busy, run } = useAction();
  const [form] = Form.useForm<NewTenant>();
  const create = async ({ name, adminEmail }: NewTenant) => {
    await run(async () => {
      try {
        onMade({ ...(await api.post<MadeTenant>('tenants', { name, ...(adminEmail && { adminEmail }) })), name });
        form.resetFields();
      } catch (error) {
        if (!showInFields(form, error)) throw error;
      }
    });
    onDone();
  };
  return (
    <Form form={form} name="tenant" layout="vertical" className="filters" onFinish={create} requiredMark={false}>
      <Form.Item name="name" label={say.name} rules={[{ required: true, whitespace: true, max: 100, message: words.schema.missing }]}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="adminEmail"
        label={say.adminEmail}
        tooltip={say.adminEmailHelp}
        className="filter-words"
        rules={[{ type: 'email', message: words.schema.missing }]}
      >
        <Input type="email" autoComplete="off" />
      </Form.Item>
      <div className="filter-buttons">
        <Button type="primary" htmlType="submit" loading={busy}>
          {say.new}
        </Button>
      </div>
    </Form>
  );
}
