import { Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import type { Expert } from '../model';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';

interface Notice {
  readonly en: string;
  readonly zh: string;
}

/** Pauses the expert with a notice, or lets it answer again. */
export function PauseButton({ expert: { id, paused }, onDone }: { readonly expert: Expert; onDone(): void }) {
  const words = useWords();
  const say = words.experts;
  const api = useApi();
  const { busy, run } = useAction();
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<Notice>();
  const pause = async (notice: Notice) => {
    if (await run(() => api.post(`experts/${id}/pause`, { notice }), say.paused)) setOpen(false);
    onDone();
  };
  const resume = async () => {
    await run(() => api.post(`experts/${id}/resume`), say.resumed);
    onDone();
  };
  if (paused)
    return (
      <Button onClick={resume} loading={busy}>
        {say.resume}
      </Button>
    );
  const required = [{ required: true, whitespace: true, message: words.schema.missing }];
  return (
    <>
      <Button onClick={() => setOpen(true)}>{say.pause}</Button>
      <Modal
        open={open}
        title={say.pauseTitle}
        onCancel={() => setOpen(false)}
        onOk={() => form.submit()}
        okText={say.pause}
        okButtonProps={{ loading: busy }}
        cancelText={words.common.cancel}
      >
        <p>{say.pauseAbout}</p>
        <Form form={form} layout="vertical" onFinish={pause} initialValues={say.noticeDefault}>
          <Form.Item name="en" label={say.noticeEn} rules={required}>
            <Input.TextArea autoSize maxLength={1000} />
          </Form.Item>
          <Form.Item name="zh" label={say.noticeZh} rules={required}>
            <Input.TextArea autoSize maxLength={1000} />
          </Form.Item>
        </Form>
      </Modal>
    </>
  );
}
