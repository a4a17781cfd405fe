import { Button, Space } from 'antd';
import type { Integration } from '../model';
import { AuditLink } from '../parts/audit-link';
import { useNames } from '../parts/names';
import { PageFrame } from '../parts/page-frame';
import { RemoveButton } from '../parts/remove';
import { Sections } from '../parts/sections';
import { Loaded } from '../parts/states';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useRoute } from '../route';
import { useApi, useMay } from '../session';
import { AppearanceForm } from './appearance';
import { Incidents } from './incidents';
import { PeopleForm } from './people-form';
import { SettingsForm } from './settings-form';
import { StatusBadge } from './status';
import { StatusPanel } from './status-panel';
import { TrafficPanel } from './traffic';
import { useIntegration } from './use-integration';

/** One integration: how its link stands, what befell it, and what may be changed. */
export function IntegrationDetail({ id }: { readonly id: string }) {
  const words = useWords();
  const names = useNames();
  const { integration, status, lastIncidentId, refresh } = useIntegration(id);
  const [, section] = useRoute().rest;
  const mayConfigure = useMay('configure');
  const { value } = integration;
  const changed = () => {
    refresh();
    names.refresh();
  };
  const say = words.integrations;
  return (
    <PageFrame
      title={value?.name ?? names.integration(id)}
      about={value && `${names.channel(value.channel)} · ${names.mode(value.channel, value.mode)}`}
      back={{ href: '#/integrations', title: say.title }}
      mark={<StatusBadge status={status} />}
      actions={value && <LinkActions integration={value} onDone={changed} />}
    >
      <Loaded of={integration} rows={8}>
        {value && (
          <Sections
            label={value.name}
            base={`integrations/${id}`}
            current={section}
            sections={[
              {
                path: '',
                title: say.status.title,
                content: (
                  <div className="columns">
                    <StatusPanel integration={value} status={status} />
                    <div>
                      <TrafficPanel id={id} />
                      <Incidents id={id} newest={lastIncidentId} />
                    </div>
                  </div>
                ),
              },
              ...(mayConfigure
                ? [
                    { path: 'settings', title: say.settings.title, content: <SettingsForm integration={value} onSaved={changed} /> },
                    { path: 'people', title: say.people.title, content: <PeopleForm integration={value} onSaved={changed} /> },
                    { path: 'appearance', title: say.appearance.title, content: <AppearanceForm integration={value} onSaved={changed} /> },
                  ]
                : []),
            ]}
          />
        )}
      </Loaded>
    </PageFrame>
  );
}

function LinkActions({ integration, onDone }: { readonly integration: Integration; onDone(): void }) {
  const { actions, conversations } = useWords().integrations;
  const api = useApi();
  const { busy, run } = useAction();
  const mayOperate = useMay('operate');
  const mayConfigure = useMay('configure');
  const { id, enabled } = integration;
  const act = async (action: 'enable' | 'disable' | 'restart', done: string) => {
    await run(() => api.post(`integrations/${id}/${action}`), done);
    onDone();
  };
  return (
    <Space wrap>
      <Button href={`#/conversations?integrationId=${id}`}>{conversations}</Button>
      <AuditLink target={id} />
      {mayOperate && enabled && (
        <>
          <Button loading={busy} onClick={() => act('restart', actions.restarted)}>
            {actions.restart}
          </Button>
          <Button loading={busy} onClick={() => act('disable', actions.disabled)}>
            {actions.disable}
          </Button>
        </>
      )}
      {mayOperate && !enabled && (
        <Button type="primary" loading={busy} onClick={() => act('enable', actions.enabled)}>
          {actions.enable}
        </Button>
      )}
      {mayConfigure && <RemoveButton kind="integrations" id={id} name={integration.name} />}
    </Space>
  );
}
