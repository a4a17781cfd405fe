import { Select } from 'antd';
import { useState } from 'react';
import type { Expert, ExpertVersionContent } from '../model';
import { valueText } from '../parts/differences';
import { useNames } from '../parts/names';
import { Panel } from '../parts/page-frame';
import { Facts, Moment } from '../parts/small';
import { Loaded } from '../parts/states';
import { Unreadable } from '../parts/unreadable';
import { useWords } from '../preferences';
import { useMay } from '../session';
import { useLook } from '../use-poll';
import { RollBackButton } from './publish';
import { useSettingNames } from './setting-names';
import { VersionDifferences } from './version-differences';

interface Props {
  readonly expert: Expert;
  readonly version: number;
  onDone(): void;
}

/** One published version: what it holds, and how it differs from another. */
export function Version({ expert, version, onDone }: Props) {
  const { experts } = useWords();
  const say = experts.versions;
  const names = useNames();
  const nameOf = useSettingNames(expert.backend);
  const mayConfigure = useMay('configure');
  const path = `experts/${expert.id}/versions/${version}`;
  const found = useLook(path, (api, signal) => api.get<ExpertVersionContent>(path, signal), 'once');
  const { value } = found;
  const back = mayConfigure && version !== expert.publishedVersion && <RollBackButton expert={expert} version={version} onDone={onDone} />;
  return (
    <>
      <p>
        <a href={`#/experts/${expert.id}/versions`}>{say.all}</a>
      </p>
      <Loaded of={found} rows={8}>
        {value && (
          <div className="columns">
            <Panel title={say.title(version)} extra={back}>
              <Facts
                facts={[
                  [experts.name, value.name],
                  [experts.backend, names.backend(value.backend)],
                  [say.at, <Moment key="at" at={value.publishedAt} />],
                ]}
              />
              <h3>{say.settings}</h3>
              <Unreadable why={value.unreadable} />
              <Settings of={value.config} under="config" names={nameOf} none={say.noSettings} />
              {value.triggers.map(({ id, integrationId, ...settings }) => (
                <details key={id} className="version-trigger">
                  <summary>{say.trigger(names.integration(integrationId))}</summary>
                  <Settings of={settings} under={`triggers.${id}`} names={nameOf} none={say.noSettings} />
                </details>
              ))}
            </Panel>
            <Comparison expert={expert} version={version} />
          </div>
        )}
      </Loaded>
    </>
  );
}

interface SettingsProps {
  readonly of: Readonly<Record<string, unknown>>;
  /** Where they stand in the expert. */
  readonly under: string;
  readonly names: (path: string) => string | undefined;
  readonly none: string;
}

/** As forms name them and as the API does, which is how differences name them too. */
function Settings({ of, under, names, none }: SettingsProps) {
  const all = flat(of);
  if (all.length === 0) return <p className="quiet">{none}</p>;
  return (
    <dl className="settings">
      {all.map(([name, value]) => (
        <div key={name}>
          <dt>
            {names(`${under}.${name}`)} <code>{name}</code>
          </dt>
          <dd>{valueText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const flat = (value: unknown, path = ''): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, inner]) => flat(inner, path ? `${path}.${name}` : name))
    : [[path, value]];

/** With the version before unless somebody chooses another. */
function Comparison({ expert, version }: Pick<Props, 'expert' | 'version'>) {
  const { publishedVersion } = expert;
  const { experts } = useWords();
  const say = experts.versions;
  const others = Array.from({ length: publishedVersion ?? 0 }, (_, place) => (publishedVersion ?? 0) - place).filter(
    (one) => one !== version,
  );
  const [chosen, setChosen] = useState(String(version > 1 ? version - 1 : (publishedVersion ?? 'draft')));
  const isEarlier = Number(chosen) < version;
  const [from, to] = isEarlier ? [chosen, String(version)] : [String(version), chosen];
  const options = [
    { value: 'draft', label: experts.draft },
    ...others.map((one) => ({
      value: String(one),
      label: one === publishedVersion ? `${say.title(one)} · ${say.current}` : say.title(one),
    })),
  ];
  const choice = (
    <Select aria-label={say.comparedWith} value={chosen} onChange={setChosen} options={options} showSearch popupMatchSelectWidth={false} />
  );
  return (
    <Panel title={say.comparedWith} extra={choice} about={say.direction(sideName(from), sideName(to))}>
      <VersionDifferences expert={expert} from={from} to={to} label={say.comparedWith} same={say.noDifference} />
    </Panel>
  );

  function sideName(side: string): string {
    return side === 'draft' ? experts.draft : say.title(Number(side));
  }
}
