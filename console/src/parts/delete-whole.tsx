import { App, Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { useAction } from './use-action';

interface Props {
  readonly kind: 'tenants' | 'organizations';
  readonly id: string;
  readonly name: string;
  onDone(): void;
}

/** Deletes an organization or a tenant with everything in it, once its name was typed. */
export function DeleteWholeButton(props: Props) {
  const { common } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" danger onClick={() => setOpen(true)} aria-label={`${common.delete}: ${props.name}`}>
        {common.delete}
      </Button>
      {open && <DeleteDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function DeleteDialog({ kind, id, name, onDone, onClose }: Props & { onClose(): void }) {
  const words = useWords();
  const say = words.tenants.whole;
  const api = useApi();
  const { message } = App.useApp();
  const { busy, run } = useAction();
  const [typed, setTyped] = useState('');
  const isSure = typed.trim() === name;
  const remove = async () => {
    if (!isSure) return;
    const done = await run(async () => {
      const { rows } = await api.post<{ readonly rows: number }>(`${kind}/${id}/delete`, { name });
      void message.success(say.deleted(name, rows.toLocaleString(words.locale)), 6);
    });
    if (!done) return;
    onClose();
    onDone();
  };
  return (
    <Modal
      open
      title={say.title(name)}
      onCancel={onClose}
      onOk={remove}
      okText={say.go}
      okButtonProps={{ danger: true, loading: busy, disabled: !isSure }}
      cancelText={words.common.cancel}
    >
      <ul className="plain-list">
        {(kind === 'tenants' ? say.tenant : say.organization).map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <p>{say.never}</p>
      <Form name="confirm" layout="vertical" onFinish={remove}>
        <Form.Item name="name" label={say.type(name)}>
          <Input autoComplete="off" onChange={({ target }) => setTyped(target.value)} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
