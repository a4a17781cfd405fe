import { Alert, Button, Form, Input, Space } from 'antd';
import { useEffect, useRef, useState } from 'react';
import type { Api } from '../api';
import { eventsOf } from '../event-stream';
import { Panel } from '../parts/page-frame';
import { sentenceOf } from '../parts/states';
import { useWords } from '../preferences';
import { Markdown } from '../sandbox/markdown';
import { useApi } from '../session';

/** Asks the saved draft, before it is published. */
export function Trial({ expertId }: { readonly expertId: string }) {
  const words = useWords();
  const say = words.experts.trial;
  const api = useApi();
  const [text, setText] = useState('');
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState<string>();
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const ask = async ({ question }: { readonly question: string }) => {
    const asking = new AbortController();
    stop.current = asking;
    setText('');
    setProblem(undefined);
    setRunning(true);
    try {
      const failure = await follow(api, expertId, question, asking.signal, setText);
      if (failure !== undefined) setProblem(failure || say.failed);
    } catch (error) {
      if (!asking.signal.aborted) setProblem(sentenceOf(error, words));
    }
    setRunning(false);
  };
  return (
    <Panel title={words.experts.tabs.trial} about={say.about} className="panel-form">
      <Form<{ question: string }> layout="vertical" onFinish={ask}>
        <Form.Item name="question" label={say.question} rules={[{ required: true, whitespace: true, message: words.schema.missing }]}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} />
        </Form.Item>
        <Space>
          <Button type="primary" htmlType="submit" loading={running}>
            {say.go}
          </Button>
          {running && <Button onClick={() => stop.current?.abort()}>{say.stop}</Button>}
        </Space>
      </Form>
      {(text || running) && (
        <div className="try-answer" aria-live="polite" aria-busy={running}>
          <Markdown text={text} whole={!running} growing={running} />
        </div>
      )}
      {problem && <Alert type="error" showIcon title={problem} className="problem" />}
    </Panel>
  );
}

/** Resolves with what went wrong, if anything did. */
async function follow(api: Api, id: string, text: string, signal: AbortSignal, show: (text: string) => void): Promise<string | undefined> {
  for await (const { event, data } of eventsOf(await api.ask(`experts/${id}/try`, { text }, signal))) {
    const told = JSON.parse(data) as { readonly text?: string; readonly state?: string; readonly message?: string };
    if (event === 'answer') show(told.text ?? '');
    if (event === 'end') return told.state === 'failed' ? (told.message ?? '') : undefined;
  }
  return '';
}
