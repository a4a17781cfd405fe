import { DownloadOutlined } from '@ant-design/icons';
import { Button, Checkbox, Form, Input } from 'antd';
import { useState } from 'react';
import { keep } from '../parts/download';
import { showInFields } from '../parts/form-problems';
import { Panel } from '../parts/page-frame';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi, useOpenSession } from '../session';
import { ConfigurationImport } from './configuration-import';
import './settings.css';

const PATH = 'configuration/export';
const SHORTEST_PASSPHRASE = 12;

/** The organization's configuration as a file, and back. */
export const ConfigurationSettings = () => (
  <>
    <Download />
    <ConfigurationImport />
  </>
);

interface Values {
  readonly withSecrets: boolean;
  readonly passphrase?: string;
}

function Download() {
  const say = useWords().settings.configuration;
  const api = useApi();
  const { session } = useOpenSession();
  const { busy, run } = useAction();
  const [form] = Form.useForm<Values>();
  const [withSecrets, setWithSecrets] = useState(false);
  const save = ({ passphrase }: Values) =>
    run(async () => {
      try {
        const file = await (withSecrets ? api.post(PATH, { passphrase }) : api.get(PATH));
        keep(new Blob([`${JSON.stringify(file, null, 2)}\n`], { type: 'application/json' }), fileName(session.organization?.name ?? ''));
        form.resetFields(['passphrase']);
      } catch (error) {
        if (!showInFields(form, error)) throw error;
      }
    });
  return (
    <Panel title={say.download} about={say.downloadAbout}>
      <Form
        form={form}
        layout="vertical"
        className="panel-form"
        onFinish={save}
        requiredMark={false}
        initialValues={{ withSecrets: false }}
      >
        <Form.Item name="withSecrets" extra={say.withSecretsHelp} valuePropName="checked">
          <Checkbox onChange={({ target }) => setWithSecrets(target.checked)}>{say.withSecrets}</Checkbox>
        </Form.Item>
        {withSecrets && (
          <Form.Item
            name="passphrase"
            label={say.passphrase}
            extra={say.passphraseHelp}
            rules={[{ required: true, min: SHORTEST_PASSPHRASE, message: say.passphraseHelp }]}
          >
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        )}
        <Button htmlType="submit" icon={<DownloadOutlined aria-hidden />} loading={busy}>
          {say.save}
        </Button>
      </Form>
    </Panel>
  );
}

/** Some characters stand in no file name. */
const fileName = (organization: string): string =>
  `parley-${organization.replace(/[\s\\/:*?"<>|]+/g, '-')}-${new Date().toISOString().slice(0, 10)}.json`;
