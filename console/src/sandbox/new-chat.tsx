import { Form, Input, Modal, Segmented, Select } from 'antd';
import { useId } from 'react';
import { useWords } from '../preferences';
import type { ChatEntry } from './chats';
import { demoPeople, nameOf } from './people';

interface Fields {
  readonly kind: 'private' | 'group';
  readonly name: string;
  readonly person: string;
  readonly people: string[];
}

interface Props {
  readonly open: boolean;
  readonly taken: readonly string[];
  onCreate(chat: ChatEntry): void;
  onCancel(): void;
  onClosed(): void;
}

/** Asks for what a new chat needs: its name and who speaks in it. */
export function NewChat({ open, taken, onCreate, onCancel, onClosed }: Props) {
  const words = useWords();
  const [form] = Form.useForm<Fields>();
  const kind = Form.useWatch('kind', form) ?? 'private';
  const formId = useId();
  const options = demoPeople.map((person) => ({ value: person, label: nameOf(words, person) }));
  const create = ({ name, person, people }: Fields) => {
    onCreate({ id: name.trim(), group: kind === 'group', members: kind === 'group' ? people : [person] });
    form.resetFields();
  };
  return (
    <Modal
      open={open}
      title={words.newChat.title}
      okText={words.newChat.create}
      cancelText={words.newChat.cancel}
      okButtonProps={{ htmlType: 'submit', form: formId }}
      onCancel={onCancel}
      afterClose={onClosed}
      focusable={{ focusTriggerAfterClose: false }}
      width={420}
      destroyOnHidden
    >
      <Form<Fields>
        id={formId}
        form={form}
        layout="vertical"
        requiredMark={false}
        preserve
        initialValues={{ kind: 'private', person: demoPeople[0], people: demoPeople.slice(0, 2) }}
        onFinish={create}
      >
        <Form.Item name="kind" label={words.newChat.kind}>
          <Segmented
            block
            aria-label={words.newChat.kind}
            options={[
              { value: 'private', label: words.newChat.private },
              { value: 'group', label: words.newChat.group },
            ]}
          />
        </Form.Item>
        <Form.Item
          name="name"
          label={words.newChat.name}
          rules={[
            { required: true, whitespace: true, message: words.newChat.nameMissing },
            {
              validator: (_, value?: string) =>
                value && taken.includes(value.trim()) ? Promise.reject(new Error(words.newChat.nameTaken)) : Promise.resolve(),
            },
          ]}
        >
          <Input maxLength={40} placeholder={words.newChat.nameHint} autoFocus />
        </Form.Item>
        {kind === 'private' ? (
          <Form.Item name="person" label={words.newChat.person}>
            <Select options={options} />
          </Form.Item>
        ) : (
          <Form.Item name="people" label={words.newChat.people} rules={[{ required: true, message: words.newChat.peopleMissing }]}>
            <Select mode="multiple" options={options} />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
