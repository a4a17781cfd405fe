import { SearchOutlined } from '@ant-design/icons';
import { Button, Form, Input, Space } from 'antd';
import type { FailedAnswer } from '../model';
import { useNames } from '../parts/names';
import { PageFrame, Panel } from '../parts/page-frame';
import { Facts, Moment } from '../parts/small';
import { Loaded, Nothing } from '../parts/states';
import { useWords } from '../preferences';
import { goTo } from '../route';
import { useLook } from '../use-poll';

/** Takes the number of a failed card. */
export function ReferenceBox({ given }: { readonly given?: string }) {
  const { reference: say } = useWords().conversations;
  const find = ({ number }: { readonly number?: string }) => {
    const asked = number?.trim();
    if (asked) goTo(`conversations/references/${encodeURIComponent(asked)}`);
  };
  return (
    <Form onFinish={find} role="search" aria-label={say.title} initialValues={{ number: given }}>
      <Space.Compact>
        <Form.Item name="number" noStyle>
          <Input aria-label={say.label} placeholder={say.hint} maxLength={100} autoComplete="off" />
        </Form.Item>
        <Button htmlType="submit" icon={<SearchOutlined aria-hidden />} aria-label={say.find} />
      </Space.Compact>
    </Form>
  );
}

/** `#/conversations/references/<number>`: what the number on a failed card stands for. */
export function Reference({ number }: { readonly number: string }) {
  const words = useWords();
  const say = words.conversations.reference;
  const names = useNames();
  const path = `references/${encodeURIComponent(number)}`;
  const found = useLook(path, (api, signal) => api.get<FailedAnswer>(path, signal), 'once');
  const { value, problem } = found;
  return (
    <PageFrame
      narrow
      title={`${say.title} ${number}`}
      about={say.about}
      back={{ href: '#/conversations', title: words.conversations.title }}
      actions={<ReferenceBox given={number} />}
    >
      <Panel>
        {problem?.status === 404 ? (
          <Nothing title={say.unknown} hint={say.unknownHint} />
        ) : (
          <Loaded of={found}>
            {value && (
              <>
                <Facts
                  facts={[
                    [say.code, <code key="code">{value.code}</code>],
                    [say.detail, value.detail],
                    [say.at, <Moment key="at" at={value.at} />],
                    [
                      say.integration,
                      <a key="integration" href={`#/integrations/${value.integrationId}`}>
                        {names.integration(value.integrationId)}
                      </a>,
                    ],
                    [say.turn, <code key="turn">{value.turnId}</code>],
                  ]}
                />
                <Button type="primary" href={`#/conversations/${value.conversationId}`} className="panel-next">
                  {say.toConversation}
                </Button>
              </>
            )}
          </Loaded>
        )}
      </Panel>
    </PageFrame>
  );
}
