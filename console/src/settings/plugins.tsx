import { Button, Select, Switch } from 'antd';
import { useState } from 'react';
import { ChannelMark } from '../integrations/status';
import type { Plugin } from '../model';
import { useNames } from '../parts/names';
import { Panel } from '../parts/page-frame';
import { Pill } from '../parts/small';
import { Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { usePreferences } from '../preferences';
import { useMay } from '../session';
import { usePagesBy } from '../use-poll';
import { type PluginChange, usePluginChange } from './plugin-change';
import { PluginPlaces } from './plugin-places';
import './settings.css';

/** Which channels and backends there are, and where each channel can be used. */
export function PluginSettings() {
  const { words, language } = usePreferences();
  const say = words.settings.plugins;
  const mayDecide = useMay('tenant');
  const { refresh } = useNames();
  const plugins = usePagesBy<Plugin>(({ name }) => name, 'plugins');
  const [looking, setLooking] = useState<Plugin>();
  const { change, changing, question } = usePluginChange(() => {
    plugins.refresh();
    refresh();
  });
  const title = (plugin: Plugin) => plugin.title[language];
  return (
    <>
      <Panel title={say.channels} about={mayDecide ? say.about : `${say.about} ${say.askSomebody}`} className="panel-table">
        <Loaded of={plugins}>
          <Table
            label={say.channels}
            rows={plugins.items ?? []}
            keyOf={({ name }) => name}
            columns={[
              {
                title: say.channel,
                cell: (plugin) => (
                  <span className="plugin-name">
                    <ChannelMark channel={plugin.name} size={26} /> {title(plugin)}
                  </span>
                ),
              },
              { title: say.from, cell: ({ package: from }) => <Origin from={from} /> },
              { title: say.tenant, cell: (plugin) => <InTenant plugin={plugin} busy={changing === plugin.name} onChange={change} /> },
              {
                title: say.organization,
                cell: (plugin) => <InOrganization plugin={plugin} busy={changing === plugin.name} onChange={change} />,
              },
              { title: say.here, cell: (plugin) => <Standing {...plugin} /> },
              ...(mayDecide
                ? [
                    {
                      ...{ title: words.common.actions, silent: true, end: true },
                      cell: (plugin: Plugin) => (
                        <Button size="small" aria-label={say.whereOf(title(plugin))} onClick={() => setLooking(plugin)}>
                          {say.where}
                        </Button>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        </Loaded>
      </Panel>
      <Backends />
      {question}
      {looking && <PluginPlaces plugin={looking} onClose={() => setLooking(undefined)} />}
    </>
  );
}

interface ScopeProps {
  readonly plugin: Plugin;
  readonly busy: boolean;
  onChange(change: PluginChange): void;
}

const isInstalledInTenant = ({ tenant, package: from }: Plugin): boolean => tenant ?? from === null;

function InTenant({ plugin, busy, onChange }: ScopeProps) {
  const { words, language } = usePreferences();
  const say = words.settings.plugins;
  const mayDecide = useMay('tenant');
  const installed = isInstalledInTenant(plugin);
  const word = installed ? say.installed : say.notInstalled;
  if (!mayDecide) return <>{word}</>;
  // What nobody decided is installed where it comes with Parley only: no decision is needed to go back to that.
  const to = (wanted: boolean) => (wanted === (plugin.package === null) ? null : wanted);
  return (
    <span className="plugin-scope">
      <Switch
        size="small"
        checked={installed}
        loading={busy}
        aria-label={say.forTenant(plugin.title[language])}
        onChange={(wanted) => onChange({ plugin, at: 'tenant', to: to(wanted) })}
      />
      {word}
    </span>
  );
}

const CHOICES = { tenant: null, on: true, off: false } as const;
type Choice = keyof typeof CHOICES;

function InOrganization({ plugin, busy, onChange }: ScopeProps) {
  const { words, language } = usePreferences();
  const say = words.settings.plugins;
  const mayDecide = useMay('tenant');
  const choices = Object.keys(CHOICES) as Choice[];
  const current = choices.find((one) => CHOICES[one] === plugin.organization) ?? 'tenant';
  if (!mayDecide) return <>{say.choices[current]}</>;
  return (
    <Select
      size="small"
      className="plugin-choice"
      value={current}
      loading={busy}
      popupMatchSelectWidth={false}
      aria-label={say.forOrganization(plugin.title[language])}
      options={choices.map((value) => ({ value, label: say.choices[value] }))}
      onChange={(chosen) => onChange({ plugin, at: 'organization', to: CHOICES[chosen] })}
    />
  );
}

function Standing({ available, reason }: Plugin) {
  const { settings } = usePreferences().words;
  const say = settings.plugins;
  if (available) return <Pill tone="done">{say.yes}</Pill>;
  return (
    <span className="chat-cell">
      <span>
        <Pill tone="stopped">{say.no}</Pill>
      </span>
      {reason && <span className="quiet">{say.reasons[reason]}</span>}
    </span>
  );
}

function Origin({ from }: { readonly from: string | null }) {
  const { settings } = usePreferences().words;
  return from === null ? settings.plugins.builtIn : <code>{from}</code>;
}

function Backends() {
  const { words, language } = usePreferences();
  const say = words.settings.plugins;
  const { backends } = useNames();
  return (
    <Panel title={say.backends} about={say.backendsAbout} className="panel-table">
      <Loaded of={{ loading: backends === undefined, problem: undefined, refresh: () => undefined, value: backends }}>
        <Table
          label={say.backends}
          rows={backends ?? []}
          keyOf={({ name }) => name}
          columns={[
            { title: say.backend, cell: ({ title }) => title[language] },
            { title: say.from, cell: ({ package: from }) => <Origin from={from} /> },
          ]}
        />
      </Loaded>
      <p className="quiet panel-note">
        {say.packagesAbout} <code>PARLEY_PLUGINS</code>
        {say.packagesThen}
      </p>
    </Panel>
  );
}
