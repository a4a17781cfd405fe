import { LockOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input } from 'antd';
import { useWords } from '../preferences';
import { useSessionAccess } from '../session';

/** Asks for an API key, where no cookie session is given. */
export function SignIn({ refused }: { readonly refused: boolean }) {
  const words = useWords();
  const { signIn } = useSessionAccess();
  return (
    <main className="centred">
      <section className="sign-in" aria-labelledby="sign-in-title">
        <h1 id="sign-in-title">{words.signIn.title}</h1>
        <p>{words.signIn.why}</p>
        {refused && <Alert type="error" showIcon title={words.signIn.refused} className="sign-in-refused" />}
        <Form<{ key: string }> layout="vertical" requiredMark={false} onFinish={({ key }) => signIn(key.trim())}>
          <Form.Item name="key" label={words.signIn.key} rules={[{ required: true, whitespace: true, message: words.signIn.key }]}>
            <Input.Password prefix={<LockOutlined />} autoComplete="off" autoFocus size="large" />
          </Form.Item>
          <Button type="primary" htmlType="submit" block size="large">
            {words.signIn.go}
          </Button>
        </Form>
      </section>
    </main>
  );
}
