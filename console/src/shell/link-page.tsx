import { LockOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input, Result, Spin } from 'antd';
import { useEffect, useState } from 'react';
import { createApi } from '../api';
import { showInFields } from '../parts/form-problems';
import { sentenceOf } from '../parts/states';
import { useWords } from '../preferences';
import { goTo } from '../route';
import { useSessionAccess } from '../session';
import { Logo } from './logo';

const api = createApi();

interface LinkAnswer {
  readonly purpose: 'invitation' | 'reset';
  readonly email: string;
  readonly organization: string | null;
}

/** Where invitations and password resets lead: the token stands behind the `#`, which browsers send to nobody. */
export function LinkPage({ token }: { readonly token: string }) {
  const words = useWords();
  const { signIn } = useSessionAccess();
  const [form] = Form.useForm<{ name?: string; password: string }>();
  const [link, setLink] = useState<LinkAnswer>();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    api.post<LinkAnswer>('sign-in/links/look', { token }).then(setLink, setProblem);
  }, [token]);

  if (!link)
    return (
      <main className="centred">
        {problem ? (
          <Result
            status="warning"
            title={words.link.gone}
            subTitle={sentenceOf(problem, words)}
            extra={<Button href="#/">{words.link.toSignIn}</Button>}
          />
        ) : (
          <Spin size="large" aria-label={words.loading} />
        )}
      </main>
    );
  const use = async (given: { readonly name?: string; readonly password: string }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.post('sign-in/links/use', { token, ...given });
      goTo('');
      signIn();
    } catch (error) {
      if (!showInFields(form, error)) setProblem(error);
      setBusy(false);
    }
  };
  return (
    <main className="centred">
      <section className="sign-in" aria-labelledby="link-title">
        <Logo size={36} />
        <h1 id="link-title">
          {link.purpose === 'invitation' ? words.link.invitation(link.organization ?? words.product) : words.link.reset}
        </h1>
        <p>{words.link.for(link.email)}</p>
        {problem !== undefined && <Alert type="error" showIcon className="problem" title={sentenceOf(problem, words)} />}
        <Form form={form} layout="vertical" requiredMark={false} onFinish={use}>
          {link.purpose === 'invitation' && (
            <Form.Item name="name" label={words.link.name} rules={[{ required: true, whitespace: true, message: words.signIn.fill }]}>
              <Input autoComplete="name" size="large" autoFocus />
            </Form.Item>
          )}
          <Form.Item
            name="password"
            label={words.link.password}
            extra={words.link.passwordHelp}
            rules={[{ required: true, min: 12, message: words.link.passwordHelp }]}
          >
            <Input.Password prefix={<LockOutlined />} autoComplete="new-password" size="large" />
          </Form.Item>
          <Button type="primary" htmlType="submit" block size="large" loading={busy}>
            {words.link.go}
          </Button>
        </Form>
      </section>
    </main>
  );
}
