import { Button, Form, Input } from 'antd';
import type { Config, Integration } from '../model';
import { showInFields } from '../parts/form-problems';
import { useNames } from '../parts/names';
import { Panel } from '../parts/page-frame';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { SchemaFields } from '../schema-form/fields';
import { configToSend, initialConfig } from '../schema-form/schema';
import { useApi } from '../session';
import type { Kind } from './platform-choice';
import { Preparation } from './preparation';
import { ScanOffer } from './scan';

interface Props {
  readonly kind: Kind;
  /** Saved already, when one comes back to change it. */
  readonly integration: Integration | undefined;
  onBack(): void;
  onSaved(integration: Integration): void;
}

/** What to do on the platform on one side, what to enter on the other. */
export function WizardSettings({ kind: { channel, mode }, integration, onBack, onSaved }: Props) {
  const words = useWords();
  const api = useApi();
  const names = useNames();
  const { busy, run } = useAction();
  const [form] = Form.useForm();
  const schema = channel.config[mode] ?? {};
  const stored = integration?.channel === channel.name ? integration.config : undefined;
  const { wizard } = words.integrations;
  const save = async ({ name, config = {} }: { readonly name: string; readonly config?: Config }) => {
    const fields = { name, channel: channel.name, mode, config: configToSend(schema, config, stored) };
    await run(async () => {
      try {
        const saved = integration
          ? await api.patch<Integration>(`integrations/${integration.id}`, fields)
          : await api.post<Integration>('integrations', { ...fields, enabled: false });
        names.refresh();
        onSaved(saved);
      } catch (error) {
        if (!showInFields(form, error)) throw error;
      }
    });
  };
  return (
    <div className="columns">
      <Preparation channel={channel.name} mode={mode} />
      <Panel title={wizard.steps.settings}>
        {channel.registers && !stored && (
          <ScanOffer
            channel={channel.name}
            entered={() => form.getFieldValue('config') ?? {}}
            onMade={(settings) => form.setFieldsValue({ config: settings })}
          />
        )}
        <Form
          form={form}
          layout="vertical"
          onFinish={save}
          initialValues={{ name: integration?.name, config: initialConfig(schema, stored) }}
        >
          <Form.Item
            name="name"
            label={wizard.name}
            extra={wizard.nameHint}
            rules={[{ required: true, whitespace: true, max: 100, message: words.schema.missing }]}
          >
            <Input autoComplete="off" />
          </Form.Item>
          <SchemaFields schema={schema} stored={stored} />
          <div className="form-actions">
            <Button onClick={onBack}>{words.common.back}</Button>
            <Button type="primary" htmlType="submit" loading={busy}>
              {wizard.create}
            </Button>
          </div>
        </Form>
      </Panel>
    </div>
  );
}
