import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import type { Config, Expert } from '../model';
import { showInFields } from '../parts/form-problems';
import { useNames } from '../parts/names';
import { Panel } from '../parts/page-frame';
import { Unreadable } from '../parts/unreadable';
import { useAction } from '../parts/use-action';
import { usePreferences } from '../preferences';
import { SchemaFields } from '../schema-form/fields';
import { configToSend, initialConfig } from '../schema-form/schema';
import { useApi, useMay } from '../session';

interface Values {
  readonly name: string;
  readonly config?: Config;
}

/** Name, backend and settings of the draft. */
export function DraftForm({ expert, onSaved }: { readonly expert: Expert; onSaved(): void }) {
  const { words, language } = usePreferences();
  const say = words.experts;
  const api = useApi();
  const { backends } = useNames();
  const { busy, run } = useAction();
  const mayConfigure = useMay('configure');
  const [form] = Form.useForm<Values>();
  const [backend, setBackend] = useState(expert.backend);
  const schema = backends?.find(({ name }) => name === backend)?.config;
  if (!schema) return null;
  const stored = backend === expert.backend ? expert.config : undefined;
  const save = ({ name, config = {} }: Values) =>
    run(async () => {
      try {
        await api.patch(`experts/${expert.id}`, { name, backend, config: configToSend(schema, config, stored) });
      } catch (error) {
        showInFields(form, error);
        throw error;
      }
      onSaved();
    }, words.common.saved);
  return (
    <Panel title={say.draft} className="panel-form">
      <Form
        key={backend}
        form={form}
        layout="vertical"
        disabled={!mayConfigure}
        onFinish={save}
        initialValues={{ name: expert.name, config: initialConfig(schema, stored) }}
      >
        <Form.Item name="name" label={say.name} rules={[{ required: true, whitespace: true, max: 100, message: words.schema.missing }]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item label={say.backend} htmlFor="expert-backend">
          <Select
            id="expert-backend"
            value={backend}
            onChange={setBackend}
            options={backends?.map(({ name, title }) => ({ value: name, label: title[language] })) ?? []}
          />
        </Form.Item>
        <Unreadable why={expert.unreadable} />
        <SchemaFields schema={schema} stored={stored} />
        <div className="form-actions">
          <Button type="primary" htmlType="submit" loading={busy}>
            {say.saveDraft}
          </Button>
        </div>
      </Form>
    </Panel>
  );
}
