import { Button, Form, Input, Radio } from 'antd';
import type { Config, Expert } from '../model';
import { showInFields } from '../parts/form-problems';
import { useNames } from '../parts/names';
import { PageFrame, Panel } from '../parts/page-frame';
import { useAction } from '../parts/use-action';
import { usePreferences } from '../preferences';
import { goTo } from '../route';
import { SchemaFields } from '../schema-form/fields';
import { configToSend, initialConfig } from '../schema-form/schema';
import { useApi } from '../session';

interface Values {
  readonly name: string;
  readonly backend: string;
  readonly config?: Config;
}

/** Which backend answers, and its settings. */
export function NewExpert() {
  const { words, language } = usePreferences();
  const say = words.experts;
  const api = useApi();
  const { backends, refresh } = useNames();
  const { busy, run } = useAction();
  const [form] = Form.useForm<Values>();
  const chosen = Form.useWatch('backend', form) ?? backends?.[0]?.name;
  const schema = backends?.find(({ name }) => name === chosen)?.config;
  const create = ({ name, backend, config = {} }: Values) =>
    run(async () => {
      try {
        const { id } = await api.post<Expert>('experts', { name, backend, config: configToSend(schema ?? {}, config) });
        refresh();
        goTo(`experts/${id}/triggers`);
      } catch (error) {
        if (!showInFields(form, error)) throw error;
      }
    });
  return (
    <PageFrame title={say.new} back={{ href: '#/experts', title: say.title }} narrow>
      <Panel>
        {backends && schema && (
          <Form
            form={form}
            layout="vertical"
            onFinish={create}
            initialValues={{ backend: backends[0]?.name, config: initialConfig(backends[0]?.config ?? {}) }}
          >
            <Form.Item
              name="name"
              label={say.name}
              extra={say.nameHint}
              rules={[{ required: true, whitespace: true, max: 100, message: words.schema.missing }]}
            >
              <Input autoComplete="off" />
            </Form.Item>
            <Form.Item name="backend" label={say.backend}>
              <Radio.Group
                optionType="button"
                aria-label={say.backend}
                options={backends.map(({ name, title }) => ({ value: name, label: title[language] }))}
                onChange={({ target }) => {
                  const next = backends.find(({ name }) => name === target.value);
                  form.setFieldsValue({ config: initialConfig(next?.config ?? {}) });
                }}
              />
            </Form.Item>
            <SchemaFields key={chosen} schema={schema} />
            <div className="form-actions">
              <Button type="primary" htmlType="submit" loading={busy}>
                {say.create}
              </Button>
            </div>
          </Form>
        )}
      </Panel>
    </PageFrame>
  );
}
