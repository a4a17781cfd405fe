import { Button, Radio } from 'antd';
import { useState } from 'react';
import type { Channel } from '../model';
import { Panel } from '../parts/page-frame';
import { Pill } from '../parts/small';
import { Nothing } from '../parts/states';
import { usePreferences } from '../preferences';
import { useMay } from '../session';
import { ChannelMark } from './status';

export interface Kind {
  readonly channel: Channel;
  readonly mode: string;
}

interface Props {
  readonly channels: readonly Channel[];
  readonly kind: Kind | undefined;
  onChoose(kind: Kind): void;
}

const recommendedMode = ({ modes }: Channel): string => (modes.find(({ recommended }) => recommended) ?? modes[0])?.name ?? '';

/** Which platform, and how its messages arrive. */
export function PlatformChoice({ channels, kind, onChoose }: Props) {
  const { words, language } = usePreferences();
  const [channel, setChannel] = useState(kind?.channel ?? channels.find(({ available }) => available));
  const [mode, setMode] = useState(kind?.mode ?? (channel ? recommendedMode(channel) : ''));
  const { wizard, recommended } = words.integrations;
  const { noChannel, reasons, install, installYourself } = words.settings.plugins;
  const mayInstall = useMay('tenant');
  const howToInstall = mayInstall ? <a href="#/settings/plugins">{installYourself}</a> : install;
  return (
    <Panel title={wizard.choose}>
      {!channel && <Nothing title={noChannel} hint={howToInstall} />}
      <Radio.Group
        className="platforms"
        aria-label={wizard.choose}
        value={channel?.name}
        onChange={({ target }) => {
          const chosen = channels.find(({ name }) => name === target.value);
          setChannel(chosen);
          setMode(chosen ? recommendedMode(chosen) : '');
        }}
      >
        {channels.map(({ name, title, available, reason }) => (
          <Radio key={name} value={name} className="platform" disabled={!available}>
            <ChannelMark channel={name} size={30} /> {title[language]}
            {reason && <span className="platform-why">{reasons[reason]}</span>}
          </Radio>
        ))}
      </Radio.Group>
      {channel && channels.some(({ available }) => !available) && <p className="quiet platform-install">{howToInstall}</p>}
      {channel && channel.modes.length > 1 && (
        <>
          <h3>{wizard.chooseMode}</h3>
          <Radio.Group
            vertical
            aria-label={wizard.chooseMode}
            value={mode}
            onChange={({ target }) => setMode(target.value as string)}
            options={channel.modes.map((one) => ({
              value: one.name,
              label: (
                <>
                  {one.title[language]} {one.recommended && <Pill tone="done">{recommended}</Pill>}
                </>
              ),
            }))}
          />
        </>
      )}
      <div className="form-actions">
        <Button type="primary" disabled={!channel} onClick={() => channel && onChoose({ channel, mode })}>
          {words.common.next}
        </Button>
      </div>
    </Panel>
  );
}
