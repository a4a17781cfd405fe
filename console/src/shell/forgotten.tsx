import { MailOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { ApiProblem, createApi } from '../api';
import { sentenceOf } from '../parts/states';
import { useWords } from '../preferences';

const api = createApi();

/** Asks for a link that sets a new password. What it says then tells nobody whether the address has an account. */
export function Forgotten() {
  const words = useWords();
  const say = words.signIn;
  const [problem, setProblem] = useState<string>();
  const [state, setState] = useState<'open' | 'busy' | 'asked'>('open');
  const ask = async ({ email }: { readonly email: string }) => {
    setState('busy');
    setProblem(undefined);
    try {
      await api.post('sign-in/forgotten', { email: email.trim() });
      setState('asked');
    } catch (error) {
      setProblem(error instanceof ApiProblem && error.status > 0 ? error.message : sentenceOf(error, words));
      setState('open');
    }
  };
  if (state === 'asked') return <Alert type="success" showIcon className="problem" title={say.linkAsked} role="status" />;
  return (
    <>
      {problem && <Alert type="error" showIcon className="problem" title={problem} />}
      <Form layout="vertical" requiredMark={false} onFinish={ask}>
        <Form.Item name="email" label={say.email} rules={[{ required: true, whitespace: true, message: say.fill }]}>
          <Input type="email" prefix={<MailOutlined />} autoComplete="username" autoFocus size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block size="large" loading={state === 'busy'}>
          {say.askLink}
        </Button>
      </Form>
    </>
  );
}
