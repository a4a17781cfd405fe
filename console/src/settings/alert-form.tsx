import { Checkbox, Form, Input, InputNumber, Modal, Radio, Select, Switch } from 'antd';
import type { Alert, Config } from '../model';
import { showInFields } from '../parts/form-problems';
import { useNames } from '../parts/names';
import { Unreadable } from '../parts/unreadable';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';

const CHANNELS = ['webhook', 'mail', 'chat'] as const;
const KINDS = ['integration_parked', 'integration_down', 'events_unended', 'expert_failing', 'spending_near', 'spending_reached'] as const;
const FIRST = { channel: 'webhook', kinds: [...KINDS], downAfterSeconds: 60, failuresInRow: 5, enabled: true };

interface Values extends Omit<Alert, 'id' | 'language'> {
  readonly language: string;
}

/** One rule: of what, whom and how. */
export function AlertForm({ alert, onClose, onSaved }: { readonly alert: Alert | undefined; onClose(): void; onSaved(): void }) {
  const words = useWords();
  const say = words.settings.alerts;
  const api = useApi();
  const { busy, run } = useAction();
  const [form] = Form.useForm<Values>();
  const channel = Form.useWatch('channel', form) ?? alert?.channel ?? FIRST.channel;
  const { secret: _, ...shown } = alert?.config ?? {};
  const save = async ({ channel: way, config, ...fields }: Values) => {
    const given = { ...fields, config: withoutEmpty(config) };
    const done = await run(async () => {
      try {
        await (alert ? api.patch(`alerts/${alert.id}`, given) : api.post('alerts', { ...given, channel: way }));
      } catch (error) {
        showInFields(form, error);
        throw error;
      }
    }, words.common.saved);
    if (done) onSaved();
  };
  const required = [{ required: true, message: words.schema.missing }];
  const someKind = {
    validator: (_rule: unknown, kinds?: readonly string[]) =>
      kinds?.length ? Promise.resolve() : Promise.reject(new Error(words.schema.missing)),
  };
  return (
    <Modal
      open
      title={alert ? alert.name : say.new}
      onCancel={onClose}
      onOk={() => form.submit()}
      okText={words.common.save}
      okButtonProps={{ loading: busy }}
      cancelText={words.common.cancel}
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={save}
        initialValues={alert ? { ...alert, config: shown } : { ...FIRST, language: say.language }}
      >
        <Form.Item name="name" label={words.common.name} rules={required}>
          <Input maxLength={100} autoComplete="off" />
        </Form.Item>
        <Form.Item name="channel" label={say.channel}>
          <Radio.Group disabled={alert !== undefined} options={CHANNELS.map((value) => ({ value, label: say.channels[value] }))} />
        </Form.Item>
        <Unreadable why={alert?.unreadable} />
        <WaySettings channel={channel} keepsSecret={alert?.config.secret !== undefined} />
        <Form.Item name="kinds" label={say.kinds} rules={[someKind]}>
          <Checkbox.Group options={KINDS.map((value) => ({ value, label: say.kindNames[value] ?? value }))} />
        </Form.Item>
        <div className="pair">
          <Form.Item name="downAfterSeconds" label={say.downAfter} rules={required}>
            <InputNumber min={10} max={86_400} suffix="s" className="number" />
          </Form.Item>
          <Form.Item name="failuresInRow" label={say.failuresInRow} rules={required}>
            <InputNumber min={1} max={100} className="number" />
          </Form.Item>
        </div>
        <Form.Item name="language" label={say.languageLabel}>
          <Radio.Group
            options={[
              { value: 'en', label: 'English' },
              { value: 'zh', label: '中文' },
            ]}
          />
        </Form.Item>
        <Form.Item name="enabled" label={say.enabled} valuePropName="checked" layout="horizontal" className="flag">
          <Switch />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function WaySettings({ channel, keepsSecret }: { readonly channel: string; readonly keepsSecret: boolean }) {
  const words = useWords();
  const say = words.settings.alerts;
  const { integrations } = useNames();
  const required = [{ required: true, message: words.schema.missing }];
  if (channel === 'mail')
    return (
      <Form.Item name={['config', 'to']} label={say.to} rules={required}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ', ';']} />
      </Form.Item>
    );
  if (channel === 'chat')
    return (
      <>
        <Form.Item name={['config', 'integrationId']} label={say.integration} rules={required}>
          <Select options={integrations.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
        <Form.Item name={['config', 'chatId']} label={say.chat} rules={required}>
          <Input autoComplete="off" />
        </Form.Item>
      </>
    );
  return (
    <>
      <Form.Item name={['config', 'url']} label={say.url} rules={required}>
        <Input type="url" autoComplete="off" />
      </Form.Item>
      <Form.Item name={['config', 'secret']} label={say.secret} extra={say.secretHelp}>
        <Input.Password autoComplete="new-password" {...(keepsSecret && { placeholder: words.schema.kept })} />
      </Form.Item>
    </>
  );
}

const withoutEmpty = (config: Config): Config =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined && value !== ''));
