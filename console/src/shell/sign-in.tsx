import { KeyOutlined, LockOutlined, MailOutlined } from '@ant-design/icons';
import { Alert, Button, Divider, Form, Input, Radio } from 'antd';
import { useEffect, useState } from 'react';
import { ApiProblem, createApi, type FieldProblem, withQuery } from '../api';
import { sentenceOf } from '../parts/states';
import { useWords } from '../preferences';
import { useRoute } from '../route';
import { useSessionAccess } from '../session';
import { Forgotten } from './forgotten';
import { Logo } from './logo';

const api = createApi();

/** Asks who one is: e-mail and password, the company's own sign-in, or an API key. */
export function SignIn({ refused }: { readonly refused: boolean }) {
  const words = useWords();
  const [byKey, setByKey] = useState(refused);
  const [hasForgotten, setHasForgotten] = useState(false);
  const mayForget = useMailedLinks();
  const { page, query } = useRoute();
  const problem = page === 'sign-in' ? query.get('problem') : null;
  return (
    <main className="centred">
      <section className="sign-in" aria-labelledby="sign-in-title">
        <Logo size={36} />
        <h1 id="sign-in-title">{words.signIn.title}</h1>
        {problem && <Alert type="error" showIcon className="problem" title={words.signIn.problems[problem] ?? words.signIn.problem} />}
        {hasForgotten ? <Forgotten /> : byKey ? <KeyForm refused={refused} /> : <PasswordForm />}
        {mayForget && !byKey && (
          <Button type="link" block onClick={() => setHasForgotten(!hasForgotten)}>
            {hasForgotten ? words.signIn.back : words.signIn.forgotten}
          </Button>
        )}
        {!hasForgotten && (
          <Button type="link" block onClick={() => setByKey(!byKey)}>
            {byKey ? words.signIn.withPassword : words.signIn.withKey}
          </Button>
        )}
      </section>
    </main>
  );
}

/** Whether links that set a new password can be mailed from here. */
function useMailedLinks(): boolean {
  const [isPossible, setPossible] = useState(false);
  useEffect(() => {
    api.get<{ readonly isPossible: boolean }>('sign-in/forgotten').then(
      (answer) => setPossible(answer.isPossible),
      () => undefined,
    );
  }, []);
  return isPossible;
}

interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly tenantId?: string;
}

/** Stands in the form for the platform, which is no tenant. */
const PLATFORM = 'platform';

interface Provider {
  readonly tenant: string;
  readonly url: string;
}

function PasswordForm() {
  const words = useWords();
  const say = words.signIn;
  const { signIn } = useSessionAccess();
  const [form] = Form.useForm<Credentials>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [providers, setProviders] = useState<readonly Provider[]>([]);
  const [tenants, setTenants] = useState<readonly FieldProblem[]>([]);

  const enter = async ({ tenantId, ...given }: Credentials) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.post('sign-in', { ...given, ...(tenantId && { tenantId: tenantId === PLATFORM ? null : tenantId }) });
      if (location.hash.startsWith('#/sign-in')) location.hash = '#/';
      signIn();
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'several_tenants') setTenants(error.fields);
      setProblem(error instanceof ApiProblem && error.status > 0 ? error.message : sentenceOf(error, words));
      setBusy(false);
    }
  };
  const lookForProviders = async () => {
    const email = form.getFieldValue('email')?.trim();
    if (!/^\S+@\S+\.\S+$/.test(email ?? '')) return;
    const ways = await api.get<{ singleSignOn: readonly Provider[] }>(withQuery('sign-in/ways', { email })).catch(() => undefined);
    setProviders(ways?.singleSignOn ?? []);
  };
  const page = location.hash.replace(/^#/, '');
  const urlOf = (url: string) => withQuery(url, { page: page.startsWith('/sign-in') ? undefined : page });
  return (
    <>
      {problem && <Alert type="error" showIcon className="problem" title={problem} />}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={enter}>
        <Form.Item name="email" label={say.email} rules={[{ required: true, whitespace: true, message: say.fill }]}>
          <Input
            type="email"
            prefix={<MailOutlined />}
            autoComplete="username"
            autoFocus
            size="large"
            onBlur={() => void lookForProviders()}
          />
        </Form.Item>
        <Form.Item name="password" label={say.password} rules={[{ required: true, message: say.fill }]}>
          <Input.Password prefix={<LockOutlined />} autoComplete="current-password" size="large" />
        </Form.Item>
        {tenants.length > 0 && (
          <Form.Item name="tenantId" label={say.tenant} rules={[{ required: true, message: say.fill }]}>
            <Radio.Group vertical options={tenants.map(({ value, message }) => ({ value: value ?? PLATFORM, label: message }))} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" block size="large" loading={busy}>
          {say.go}
        </Button>
      </Form>
      {providers.length > 0 && <Divider plain>{say.or}</Divider>}
      {providers.map(({ tenant, url }) => (
        <Button key={url} block size="large" href={urlOf(url)}>
          {say.sso(tenant)}
        </Button>
      ))}
    </>
  );
}

function KeyForm({ refused }: { readonly refused: boolean }) {
  const { signIn: say } = useWords();
  const { signIn } = useSessionAccess();
  return (
    <>
      {refused && <Alert type="error" showIcon title={say.refused} className="problem" />}
      <Form<{ key: string }> layout="vertical" requiredMark={false} onFinish={({ key }) => signIn(key.trim())}>
        <Form.Item name="key" label={say.key} extra={say.keyWhy} rules={[{ required: true, whitespace: true, message: say.fill }]}>
          <Input.Password prefix={<KeyOutlined />} autoComplete="off" autoFocus size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block size="large">
          {say.go}
        </Button>
      </Form>
    </>
  );
}
