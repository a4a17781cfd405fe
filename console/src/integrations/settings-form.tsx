import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { ApiProblem } from '../api';
import type { Config, Integration } from '../model';
import { showInFields } from '../parts/form-problems';
import { useNames } from '../parts/names';
import { Panel } from '../parts/page-frame';
import { Unreadable } from '../parts/unreadable';
import { useAction } from '../parts/use-action';
import { usePreferences } from '../preferences';
import { SchemaFields } from '../schema-form/fields';
import { configToSend, initialConfig } from '../schema-form/schema';
import { useApi } from '../session';
import { Preparation } from './preparation';

interface Values {
  readonly name: string;
  readonly config?: Config;
}

/** Name, mode and credentials; secrets stay unless new ones are given. */
export function SettingsForm({ integration, onSaved }: { readonly integration: Integration; onSaved(): void }) {
  const { words, language } = usePreferences();
  const api = useApi();
  const { channels } = useNames();
  const { busy, run } = useAction();
  const [form] = Form.useForm<Values>();
  const [mode, setMode] = useState(integration.mode);
  const channel = channels?.find(({ name }) => name === integration.channel);
  const schema = channel?.config[mode];
  if (!channel || !schema) return null;
  const say = words.integrations;
  const save = async ({ name, config = {} }: Values) => {
    await run(async () => {
      try {
        await api.patch(`integrations/${integration.id}`, { name, mode, config: configToSend(schema, config, integration.config) });
      } catch (error) {
        if (showInFields(form, error)) throw new ApiProblem(422, words.common.unsaved);
        throw error;
      }
      onSaved();
    }, say.settings.saved);
  };
  return (
    <div className="columns">
      <Panel title={say.settings.title}>
        <Form
          key={mode}
          form={form}
          layout="vertical"
          onFinish={save}
          initialValues={{ name: integration.name, config: initialConfig(schema, integration.config) }}
        >
          <Form.Item
            name="name"
            label={words.common.name}
            rules={[{ required: true, whitespace: true, max: 100, message: words.schema.missing }]}
          >
            <Input autoComplete="off" />
          </Form.Item>
          {channel.modes.length > 1 && (
            <Form.Item label={say.mode} htmlFor="integration-mode">
              <Select
                id="integration-mode"
                value={mode}
                onChange={setMode}
                options={channel.modes.map((one) => ({ value: one.name, label: one.title[language] }))}
              />
            </Form.Item>
          )}
          <Unreadable why={integration.unreadable} />
          <SchemaFields schema={schema} stored={integration.config} />
          <div className="form-actions">
            <Button type="primary" htmlType="submit" loading={busy}>
              {words.common.save}
            </Button>
          </div>
        </Form>
      </Panel>
      <Preparation channel={integration.channel} mode={mode} />
    </div>
  );
}
