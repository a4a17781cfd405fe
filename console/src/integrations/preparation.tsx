import { ExportOutlined } from '@ant-design/icons';
import { Checkbox } from 'antd';
import { Panel } from '../parts/page-frame';
import { Pill } from '../parts/small';
import { usePreferences } from '../preferences';
import { setUpOf } from './set-up';

/** The steps on the platform before there is an integration, and the permissions to tick off. */
export function Preparation({ channel, mode }: { readonly channel: string; readonly mode: string }) {
  const { words, language } = usePreferences();
  const { console: place, before, permissions } = setUpOf(channel, mode);
  const { wizard } = words.integrations;
  if (before.length === 0) return null;
  return (
    <Panel
      title={wizard.prepare}
      extra={
        place && (
          <a href={place.url} target="_blank" rel="noreferrer">
            {place.title[language]} <ExportOutlined aria-hidden />
          </a>
        )
      }
    >
      <ol className="how">
        {before.map((step) => (
          <li key={step.en}>{step[language]}</li>
        ))}
      </ol>
      {permissions.length > 0 && (
        <>
          <h3>{wizard.permissions}</h3>
          <ul className="permissions">
            {permissions.map(({ name, what, needed }) => (
              <li key={name}>
                <Checkbox>
                  <code>{name}</code> {needed && <Pill tone="open">{wizard.needed}</Pill>}
                  <span className="quiet">{what[language]}</span>
                </Checkbox>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

/** What is left to be done on the platform, with the address it asks for. */
export function AfterSteps({
  channel,
  mode,
  extra,
}: {
  readonly channel: string;
  readonly mode: string;
  readonly extra?: React.ReactNode;
}) {
  const { words, language } = usePreferences();
  const { after } = setUpOf(channel, mode);
  if (after.length === 0 && !extra) return null;
  return (
    <Panel title={words.integrations.wizard.after}>
      {extra}
      <ol className="how">
        {after.map((step) => (
          <li key={step.en}>{step[language]}</li>
        ))}
      </ol>
    </Panel>
  );
}
