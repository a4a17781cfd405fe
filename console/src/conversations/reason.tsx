import { Button, Form, Input, Modal } from 'antd';
import { useId } from 'react';
import { Panel } from '../parts/page-frame';
import { useWords } from '../preferences';
import { useOpenSession, useSessionAccess } from '../session';

/** Whether a reason has still to be given before content is shown. */
export function useReasonNeeded(): boolean {
  const { session } = useOpenSession();
  const { reason } = useSessionAccess();
  const asked = session.tenant?.contentNeedsReason === true && session.rights.includes('content');
  return asked && reason === undefined;
}

/** Asks why; the answer goes along with the calls of this tab, and into the audit log. */
export function AskReason() {
  const { reason: say } = useWords().conversations;
  const form = useId();
  return (
    <Panel title={say.title} about={say.about} className="panel-form">
      <ReasonForm id={form} />
      <Button type="primary" htmlType="submit" form={form}>
        {say.go}
      </Button>
    </Panel>
  );
}

/** The same before something that is no page, such as an export. */
export function ReasonDialog({ onCancel }: { onCancel(): void }) {
  const { conversations, common } = useWords();
  const { reason: say } = conversations;
  const form = useId();
  return (
    <Modal
      open
      title={say.title}
      onCancel={onCancel}
      okText={say.give}
      okButtonProps={{ htmlType: 'submit', form }}
      cancelText={common.cancel}
    >
      <p>{say.about}</p>
      <ReasonForm id={form} />
    </Modal>
  );
}

function ReasonForm({ id }: { readonly id: string }) {
  const { reason: say } = useWords().conversations;
  const { give } = useSessionAccess();
  return (
    <Form<{ reason: string }> id={id} layout="vertical" onFinish={({ reason }) => give(reason.trim())}>
      <Form.Item name="reason" label={say.field} rules={[{ required: true, whitespace: true, message: say.field }]}>
        <Input maxLength={300} />
      </Form.Item>
    </Form>
  );
}
