import { Button, Form, Popconfirm, Space } from 'antd';
import type { Config, JsonSchema } from '../model';
import { showInFields } from '../parts/form-problems';
import { Panel } from '../parts/page-frame';
import { CopyLine } from '../parts/small';
import { Loaded } from '../parts/states';
import { Unreadable } from '../parts/unreadable';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { SchemaFields } from '../schema-form/fields';
import { configToSend, initialConfig } from '../schema-form/schema';
import { useApi } from '../session';
import { useLive } from '../use-poll';

interface SingleSignOn {
  readonly config: Config | null;
  /** Why it cannot be read, and is empty. */
  readonly unreadable?: string;
  readonly form: JsonSchema;
  readonly redirectUri: string;
}

const PATH = 'tenant/single-sign-on';
const RARELY_MS = 60_000;

/** How people of the tenant sign in at their own provider. */
export function SingleSignOnSettings() {
  const words = useWords();
  const say = words.settings.signOn;
  const api = useApi();
  const { busy, run } = useAction();
  const [form] = Form.useForm<{ config?: Config }>();
  const current = useLive<SingleSignOn>(PATH, RARELY_MS);
  const { value } = current;
  const stored = value?.config ?? undefined;
  const save = async ({ config = {} }: { readonly config?: Config }) => {
    const done = await run(async () => {
      try {
        await api.patch(PATH, { config: configToSend(value?.form ?? {}, config, stored) });
      } catch (error) {
        showInFields(form, error);
        throw error;
      }
    }, words.common.saved);
    if (done) current.refresh();
  };
  const remove = async () => {
    await run(() => api.delete(PATH), words.common.deleted);
    current.refresh();
  };
  return (
    <Panel title={words.settings.tabs.signOn} about={say.about} className="panel-form">
      <Loaded of={current} rows={6}>
        {value && (
          <>
            <h3>{say.redirect}</h3>
            <CopyLine text={value.redirectUri} label={say.redirect} />
            <p className="quiet">{say.redirectHint}</p>
            <Form
              key={stored ? 'set' : 'unset'}
              form={form}
              layout="vertical"
              onFinish={save}
              initialValues={{ config: initialConfig(value.form, stored) }}
            >
              <Unreadable why={value.unreadable} />
              <SchemaFields schema={value.form} stored={stored} />
              <Space>
                <Button type="primary" htmlType="submit" loading={busy}>
                  {words.common.save}
                </Button>
                {stored && (
                  <Popconfirm title={say.removeAsk} okText={say.remove} cancelText={words.common.cancel} onConfirm={remove}>
                    <Button danger>{say.remove}</Button>
                  </Popconfirm>
                )}
              </Space>
            </Form>
          </>
        )}
      </Loaded>
    </Panel>
  );
}
