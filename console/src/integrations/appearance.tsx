import { Button, Checkbox, Form, Input, Switch } from 'antd';
import type { Appearance, Integration } from '../model';
import { Panel } from '../parts/page-frame';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';

const FLAGS = ['card', 'stream', 'steps', 'reasoning', 'feedback', 'reaction'] as const;
const FOOTER = ['label', 'seconds', 'model', 'tokens'] as const;

type Values = Omit<Appearance, 'aiLabel'> & { readonly aiLabel?: { readonly en?: string; readonly zh?: string } };

/** How answers of the integration look. */
export function AppearanceForm({ integration: { id, appearance }, onSaved }: { readonly integration: Integration; onSaved(): void }) {
  const words = useWords();
  const say = words.integrations.appearance;
  const api = useApi();
  const { busy, run } = useAction();
  const save = ({ aiLabel, ...values }: Values) => {
    const [en, zh] = [aiLabel?.en?.trim() ?? '', aiLabel?.zh?.trim() ?? ''];
    return run(async () => {
      await api.patch(`integrations/${id}`, { appearance: { ...values, aiLabel: en && zh ? { en, zh } : null } });
      onSaved();
    }, words.common.saved);
  };
  const helps: Partial<Record<(typeof FLAGS)[number], string>> = { card: say.cardHelp, stream: say.streamHelp };
  return (
    <Panel title={say.title} about={say.about} className="panel-form">
      <Form<Values> layout="vertical" onFinish={save} initialValues={{ ...appearance, aiLabel: appearance.aiLabel ?? undefined }}>
        {FLAGS.map((name) => (
          <Form.Item
            key={name}
            name={name}
            label={say[name]}
            valuePropName="checked"
            layout="horizontal"
            colon={false}
            extra={helps[name]}
            className="flag"
          >
            <Switch />
          </Form.Item>
        ))}
        <Form.Item name="footer" label={say.footer}>
          <Checkbox.Group options={FOOTER.map((value) => ({ value, label: say.footerFields[value] }))} />
        </Form.Item>
        <div className="pair">
          {(['en', 'zh'] as const).map((language) => (
            <Form.Item
              key={language}
              name={['aiLabel', language]}
              label={language === 'en' ? say.aiLabelEn : say.aiLabelZh}
              dependencies={[['aiLabel', language === 'en' ? 'zh' : 'en']]}
              rules={[
                ({ getFieldValue }) => ({
                  validator: (_, value?: string) =>
                    !value?.trim() && getFieldValue(['aiLabel', language === 'en' ? 'zh' : 'en'])?.trim()
                      ? Promise.reject(new Error(say.aiLabelBoth))
                      : Promise.resolve(),
                }),
              ]}
            >
              <Input placeholder={say.aiLabelHint} maxLength={100} />
            </Form.Item>
          ))}
        </div>
        <div className="form-actions">
          <Button type="primary" htmlType="submit" loading={busy}>
            {words.common.save}
          </Button>
        </div>
      </Form>
    </Panel>
  );
}
