import { Button, Form, Input, Switch } from 'antd';
import { Panel } from '../parts/page-frame';
import { Loaded } from '../parts/states';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi, useSessionAccess } from '../session';
import { useLive } from '../use-poll';
import { Organizations } from './organizations';

interface Tenant {
  readonly name: string;
  readonly contentNeedsReason: boolean;
}

const RARELY_MS = 60_000;

/** What holds for the whole tenant, and its organizations. */
export function TenantSettings() {
  const words = useWords();
  const say = words.settings.tenant;
  const api = useApi();
  const { renew } = useSessionAccess();
  const { busy, run } = useAction();
  const tenant = useLive<Tenant>('tenant', RARELY_MS);
  const save = async (given: Tenant) => {
    if (await run(() => api.patch('tenant', given), words.common.saved)) renew();
  };
  return (
    <div className="columns">
      <Panel title={words.settings.tabs.tenant} about={say.about}>
        <Loaded of={tenant}>
          {tenant.value && (
            <Form name="tenant" layout="vertical" onFinish={save} initialValues={{ ...tenant.value }}>
              <Form.Item
                name="name"
                label={say.name}
                rules={[{ required: true, whitespace: true, max: 100, message: words.schema.missing }]}
              >
                <Input />
              </Form.Item>
              <Form.Item name="contentNeedsReason" label={say.needsReason} valuePropName="checked" layout="horizontal" className="flag">
                <Switch />
              </Form.Item>
              <p className="quiet">{say.needsReasonHelp}</p>
              <Button type="primary" htmlType="submit" loading={busy}>
                {words.common.save}
              </Button>
            </Form>
          )}
        </Loaded>
      </Panel>
      <Organizations />
    </div>
  );
}
