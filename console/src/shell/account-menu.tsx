import { LogoutOutlined, UserOutlined } from '@ant-design/icons';
import { Button, Dropdown, Select } from 'antd';
import type { Session } from '../model';
import { useWords } from '../preferences';
import { goTo } from '../route';
import { useSessionAccess } from '../session';

/** Who one is, one's account, the way out. */
export function AccountMenu({ session }: { readonly session: Session }) {
  const words = useWords();
  const { signOut } = useSessionAccess();
  const { user, email, role, signedInBy } = session;
  const about = (
    <span className="account-about">
      <strong>{user}</strong>
      {email && email !== user && <span>{email}</span>}
      <span>{words.roles[role] ?? role}</span>
      {signedInBy === 'demo' && <span>{words.account.demo}</span>}
    </span>
  );
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'about', type: 'group', label: about },
          { type: 'divider' },
          { key: 'own', icon: <UserOutlined aria-hidden />, label: words.account.own, onClick: () => goTo('settings') },
          ...(signedInBy === 'demo'
            ? []
            : [{ key: 'out', icon: <LogoutOutlined aria-hidden />, label: words.account.signOut, onClick: () => void signOut() }]),
        ],
      }}
    >
      <Button type="text" className="account-button" aria-label={words.account.menu(user)} aria-haspopup="menu">
        <span className="account-face" aria-hidden="true">
          {(user[0] ?? '?').toUpperCase()}
        </span>
      </Button>
    </Dropdown>
  );
}

/** The organization whose data is shown; to choose from where there are several. */
export function OrganizationChoice({ session: { organization, organizations } }: { readonly session: Session }) {
  const words = useWords();
  const { choose } = useSessionAccess();
  if (!organization) return null;
  if (organizations.length < 2) return <span className="organization">{organization.name}</span>;
  return (
    <Select
      className="organization-choice"
      variant="filled"
      aria-label={words.account.organization}
      value={organization.id}
      onChange={choose}
      options={organizations.map(({ id, name }) => ({ value: id, label: name }))}
      popupMatchSelectWidth={false}
    />
  );
}
