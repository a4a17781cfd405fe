import { Button, Form, Input, Modal, Space } from 'antd';
import { useState } from 'react';
import type { Organization } from '../model';
import { DeleteWholeButton } from '../parts/delete-whole';
import { Panel } from '../parts/page-frame';
import { Moment } from '../parts/small';
import { Loaded, More } from '../parts/states';
import { Table } from '../parts/table';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi, useSessionAccess } from '../session';
import { usePages } from '../use-poll';

const RARELY_MS = 60_000;

/** The organizations of the tenant: made, renamed and deleted. */
export function Organizations() {
  const words = useWords();
  const say = words.settings.tenant;
  const { renew } = useSessionAccess();
  const organizations = usePages<Organization>('organizations', RARELY_MS);
  const changed = () => {
    organizations.refresh();
    renew();
  };
  return (
    <Panel title={say.organizations} className="panel-table">
      <Loaded of={organizations}>
        <Table
          label={say.organizations}
          rows={organizations.items ?? []}
          keyOf={({ id }) => id}
          columns={[
            { title: words.common.name, cell: ({ name }) => name },
            { title: words.common.created, cell: ({ createdAt }) => <Moment at={createdAt} /> },
            {
              title: words.common.actions,
              silent: true,
              end: true,
              cell: ({ id, name }) => (
                <Space wrap>
                  <RenameButton id={id} name={name} onDone={changed} />
                  <DeleteWholeButton kind="organizations" id={id} name={name} onDone={changed} />
                </Space>
              ),
            },
          ]}
        />
        <More more={organizations.more} />
      </Loaded>
      <CreateForm onDone={changed} />
    </Panel>
  );
}

function CreateForm({ onDone }: { onDone(): void }) {
  const words = useWords();
  const say = words.settings.tenant;
  const api = useApi();
  const { busy, run } = useAction();
  const [form] = Form.useForm<{ name: string }>();
  const create = async ({ name }: { readonly name: string }) => {
    if (await run(() => api.post('organizations', { name }), words.common.saved)) form.resetFields();
    onDone();
  };
  return (
    <Form form={form} name="organization" layout="vertical" onFinish={create} requiredMark={false}>
      <NameField label={say.newOrganization} />
      <Button htmlType="submit" loading={busy}>
        {say.newOrganization}
      </Button>
    </Form>
  );
}

interface RenameProps {
  readonly id: string;
  readonly name: string;
  onDone(): void;
}

function RenameButton({ id, name, onDone }: RenameProps) {
  const words = useWords();
  const say = words.settings.tenant;
  const api = useApi();
  const { busy, run } = useAction();
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<{ name: string }>();
  const rename = async (given: { readonly name: string }) => {
    if (!(await run(() => api.patch(`organizations/${id}`, given), words.common.saved))) return;
    setOpen(false);
    onDone();
  };
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)} aria-label={`${say.rename}: ${name}`}>
        {say.rename}
      </Button>
      <Modal
        open={open}
        title={`${say.rename}: ${name}`}
        onCancel={() => setOpen(false)}
        onOk={() => form.submit()}
        okText={words.common.save}
        okButtonProps={{ loading: busy }}
        cancelText={words.common.cancel}
        destroyOnHidden
      >
        <Form form={form} name="rename" layout="vertical" onFinish={rename} initialValues={{ name }} preserve={false} requiredMark={false}>
          <NameField label={words.common.name} />
        </Form>
      </Modal>
    </>
  );
}

function NameField({ label }: { readonly label: string }) {
  const words = useWords();
  return (
    <Form.Item name="name" label={label} rules={[{ required: true, whitespace: true, max: 100, message: words.schema.missing }]}>
      <Input autoComplete="off" />
    </Form.Item>
  );
}
