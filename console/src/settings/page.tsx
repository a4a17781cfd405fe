import { PageFrame } from '../parts/page-frame';
import { Sections } from '../parts/sections';
import { useWords } from '../preferences';
import { useRoute } from '../route';
import { useOpenSession } from '../session';
import { AccountSettings } from './account';
import { AlertSettings } from './alerts';
import { ConfigurationSettings } from './configuration';
import { Deliveries } from './deliveries';
import { KeySettings } from './keys';
import { MemberSettings } from './members';
import { PluginSettings } from './plugins';
import { SingleSignOnSettings } from './single-sign-on';
import { TenantSettings } from './tenant';

/** `#/settings/<tab>`. */
export function SettingsPage() {
  const { settings: say } = useWords();
  const [tab] = useRoute().rest;
  const { session } = useOpenSession();
  const inOrganization = Boolean(session.organization) && session.rights.includes('members');
  const ofTenant = Boolean(session.tenant) && session.rights.includes('tenant');
  const sections = [
    { path: '', title: say.tabs.account, content: <AccountSettings /> },
    ...(inOrganization
      ? [
          { path: 'members', title: say.tabs.members, content: <MemberSettings /> },
          { path: 'keys', title: say.tabs.keys, content: <KeySettings /> },
        ]
      : []),
    ...(session.organization && session.rights.includes('read')
      ? [
          { path: 'alerts', title: say.tabs.alerts, content: <Alerts /> },
          { path: 'plugins', title: say.tabs.plugins, content: <PluginSettings /> },
        ]
      : []),
    ...(session.organization && session.rights.includes('configure')
      ? [{ path: 'configuration', title: say.tabs.configuration, content: <ConfigurationSettings /> }]
      : []),
    ...(ofTenant
      ? [
          { path: 'tenant', title: say.tabs.tenant, content: <TenantSettings /> },
          { path: 'sign-on', title: say.tabs.signOn, content: <SingleSignOnSettings /> },
        ]
      : []),
  ];
  return (
    <PageFrame title={say.title}>
      <Sections label={say.title} base="settings" sections={sections} current={tab} />
    </PageFrame>
  );
}

const Alerts = () => (
  <>
    <AlertSettings />
    <Deliveries />
  </>
);
