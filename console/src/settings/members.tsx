import { Button, Form, Input, Popconfirm, Space } from 'antd';
import { useState } from 'react';
import type { Invitation, Member } from '../model';
import { showInFields } from '../parts/form-problems';
import { Panel } from '../parts/page-frame';
import { Moment } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi, useOpenSession } from '../session';
import { usePages } from '../use-poll';
import { type Mailed, mailHint } from './mail-hint';
import { RoleChoice } from './role-choice';
import { SecretModal, type Shown } from './secret-modal';

/** Who administers the organization, and who is invited to. */
export function MemberSettings() {
  const words = useWords();
  const say = words.settings.members;
  const members = usePages<Member>('members');
  const invitations = usePages<Invitation>('invitations');
  const [shown, setShown] = useState<Shown>();
  const refresh = () => {
    members.refresh();
    invitations.refresh();
  };
  return (
    <>
      <Panel title={words.settings.tabs.members} about={say.about} className="panel-table">
        <Invite onDone={refresh} onShow={setShown} />
        <Loaded of={members}>
          {members.items?.length === 0 ? (
            <Nothing title={say.empty} hint={say.emptyHint} />
          ) : (
            <Table
              label={words.settings.tabs.members}
              rows={members.items ?? []}
              keyOf={({ id }) => id}
              columns={[
                {
                  title: words.common.name,
                  cell: ({ name, email }) => (
                    <span className="chat-cell">
                      {name}
                      {name !== email && <span className="quiet">{email}</span>}
                    </span>
                  ),
                },
                { title: say.role, cell: (member) => <MemberRole member={member} onDone={refresh} /> },
                { title: say.since, cell: ({ since }) => <Moment at={since} /> },
                { title: say.lastSignIn, cell: ({ signedInAt }) => <Moment at={signedInAt} /> },
                {
                  title: words.common.actions,
                  silent: true,
                  end: true,
                  cell: (member) => <MemberActions member={member} onDone={refresh} onShow={setShown} />,
                },
              ]}
            />
          )}
          <More more={members.more} />
        </Loaded>
      </Panel>
      {(invitations.items?.length ?? 0) > 0 && <Waiting invitations={invitations.items ?? []} onDone={refresh} />}
      <SecretModal shown={shown} onClose={() => setShown(undefined)} />
    </>
  );
}

interface Invited {
  readonly email: string;
  readonly isMember: boolean;
  readonly url: string | null;
  readonly mail: Mailed;
}

function Invite({ onDone, onShow }: { onDone(): void; onShow(shown: Shown): void }) {
  const words = useWords();
  const say = words.settings.members;
  const api = useApi();
  const { busy, run } = useAction();
  const [form] = Form.useForm<{ email: string; role: string }>();
  const invite = async (given: { readonly email: string; readonly role: string }) => {
    await run(async () => {
      try {
        const { url, email, mail } = await api.post<Invited>('invitations', given);
        onShow(
          url
            ? { title: say.linkTitle, hint: mailHint(mail, words), text: url }
            : { title: say.invite, hint: say.added(email), text: email },
        );
        form.resetFields();
      } catch (error) {
        if (!showInFields(form, error)) throw error;
      }
    });
    onDone();
  };
  return (
    <Form form={form} layout="vertical" className="filters" onFinish={invite} initialValues={{ role: 'viewer' }} requiredMark={false}>
      <Form.Item name="email" label={say.email} rules={[{ required: true, type: 'email', message: words.schema.missing }]}>
        <Input type="email" autoComplete="off" />
      </Form.Item>
      <Form.Item name="role" label={say.role}>
        <RoleChoice />
      </Form.Item>
      <div className="filter-buttons">
        <Button type="primary" htmlType="submit" loading={busy}>
          {say.invite}
        </Button>
      </div>
    </Form>
  );
}

function MemberRole({ member: { id, name, role }, onDone }: { readonly member: Member; onDone(): void }) {
  const words = useWords();
  const api = useApi();
  const { session } = useOpenSession();
  const { run } = useAction();
  if (session.email && session.user === name) return <>{words.roles[role] ?? role}</>;
  const change = async (next: string) => {
    await run(() => api.patch(`members/${id}`, { role: next }), words.common.saved);
    onDone();
  };
  return <RoleChoice value={role} label={`${words.settings.members.role}: ${name}`} onChange={change} />;
}

interface ActionProps {
  readonly member: Member;
  onDone(): void;
  onShow(shown: Shown): void;
}

function MemberActions({ member: { id, name }, onDone, onShow }: ActionProps) {
  const words = useWords();
  const say = words.settings.members;
  const api = useApi();
  const { run } = useAction();
  const reset = () =>
    run(async () => {
      const { url, mail } = await api.post<{ readonly url: string; readonly mail: Mailed }>(`members/${id}/password-reset`);
      onShow({ title: say.resetTitle, hint: mailHint(mail, words), text: url });
    });
  const remove = async () => {
    await run(() => api.delete(`members/${id}`), words.common.deleted);
    onDone();
  };
  return (
    <Space>
      <Button size="small" onClick={reset}>
        {say.reset}
      </Button>
      <Popconfirm title={say.remove(name)} okText={say.removeGo} cancelText={words.common.cancel} onConfirm={remove}>
        <Button size="small" danger>
          {say.removeGo}
        </Button>
      </Popconfirm>
    </Space>
  );
}

function Waiting({ invitations, onDone }: { readonly invitations: readonly Invitation[]; onDone(): void }) {
  const words = useWords();
  const say = words.settings.members;
  const api = useApi();
  const { run } = useAction();
  const withdraw = async (id: string) => {
    await run(() => api.delete(`invitations/${id}`), words.common.deleted);
    onDone();
  };
  return (
    <Panel title={say.invitations} className="panel-table">
      <Table
        label={say.invitations}
        rows={invitations}
        keyOf={({ id }) => id}
        columns={[
          { title: say.email, cell: ({ email }) => email },
          { title: say.role, cell: ({ role }) => words.roles[role] ?? role },
          { title: say.invitedBy, cell: ({ createdBy }) => createdBy },
          { title: say.expires, cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
          {
            title: words.common.actions,
            silent: true,
            end: true,
            cell: ({ id }) => (
              <Button size="small" onClick={() => void withdraw(id)}>
                {say.withdraw}
              </Button>
            ),
          },
        ]}
      />
    </Panel>
  );
}
