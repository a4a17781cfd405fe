import { Button, Form, Input } from 'antd';
import type { OwnSession } from '../model';
import { showInFields } from '../parts/form-problems';
import { Panel } from '../parts/page-frame';
import { Facts, Moment, Pill } from '../parts/small';
import { Loaded, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi, useOpenSession } from '../session';
import { usePages } from '../use-poll';

/** Who one is, where one is signed in, one's password. */
export function AccountSettings() {
  const words = useWords();
  const say = words.settings.account;
  const { session } = useOpenSession();
  const { user, email, role, signedInBy } = session;
  const signedIn = signedInBy !== 'key' && signedInBy !== 'demo';
  return (
    <div className="columns">
      <Panel title={say.about}>
        <Facts
          facts={[
            [say.name, user],
            email && [say.email, email],
            [say.role, `${words.roles[role] ?? role}${words.roleHelp[role] ? `: ${words.roleHelp[role]}` : ''}`],
            [say.signedIn, say.ways[signedInBy] ?? signedInBy],
          ]}
        />
      </Panel>
      {signedIn && <Password />}
      <Sessions />
    </div>
  );
}

function Sessions() {
  const words = useWords();
  const say = words.settings.account;
  const api = useApi();
  const { run } = useAction();
  const sessions = usePages<OwnSession>('sessions');
  const end = async (id: string) => {
    await run(() => api.delete(`sessions/${id}`), words.common.deleted);
    sessions.refresh();
  };
  return (
    <Panel title={say.sessions} className="panel-table">
      <Loaded of={sessions}>
        {sessions.items?.length === 0 ? (
          <Nothing title={say.noSessions} hint={say.noSessionsHint} />
        ) : (
          <Table
            label={say.sessions}
            rows={sessions.items ?? []}
            keyOf={({ id }) => id}
            columns={[
              {
                title: say.from,
                cell: ({ ip, ua, isThis }) => (
                  <span className="clip">
                    {[ip, ua].filter(Boolean).join(' · ')} {isThis && <Pill tone="done">{say.thisOne}</Pill>}
                  </span>
                ),
              },
              { title: say.signedIn, cell: ({ way }) => say.ways[way] ?? way },
              { title: say.lastSeen, cell: ({ seenAt }) => <Moment at={seenAt} /> },
              {
                title: words.common.actions,
                silent: true,
                end: true,
                cell: ({ id, isThis }) =>
                  !isThis && (
                    <Button size="small" onClick={() => void end(id)}>
                      {say.signOut}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}

interface Passwords {
  readonly current: string;
  readonly next: string;
}

function Password() {
  const words = useWords();
  const say = words.settings.account;
  const api = useApi();
  const { busy, run } = useAction();
  const [form] = Form.useForm<Passwords>();
  const change = (given: Passwords) =>
    run(async () => {
      try {
        await api.post('session/password', given);
        form.resetFields();
      } catch (error) {
        showInFields(form, error);
        throw error;
      }
    }, say.changed);
  return (
    <Panel title={say.password} about={say.passwordAbout}>
      <Form form={form} layout="vertical" onFinish={change} requiredMark={false}>
        <Form.Item name="current" label={say.current} rules={[{ required: true, message: words.schema.missing }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item name="next" label={say.next} extra={say.nextHelp} rules={[{ required: true, min: 12, message: say.nextHelp }]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>
          {say.change}
        </Button>
      </Form>
    </Panel>
  );
}
