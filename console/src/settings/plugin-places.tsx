import { Modal } from 'antd';
import type { Plugin, PluginPlace } from '../model';
import { Pill } from '../parts/small';
import { Loaded, More } from '../parts/states';
import { usePreferences, useWords } from '../preferences';
import { hrefTo } from '../route';
import { useOpenSession } from '../session';
import { usePages } from '../use-poll';

/** Where a channel can be used in the tenant, and what hangs on it. */
export function PluginPlaces({ plugin, onClose }: { readonly plugin: Plugin; onClose(): void }) {
  const { words, language } = usePreferences();
  const say = words.settings.plugins;
  return (
    <Modal
      open
      title={say.whereOf(plugin.title[language])}
      onCancel={onClose}
      onOk={onClose}
      okText={words.common.close}
      cancelButtonProps={{ style: { display: 'none' } }}
    >
      <PlaceList plugin={plugin} only={() => true} nothing={say.removeNothing} standing />
    </Modal>
  );
}

interface Props {
  readonly plugin: Plugin;
  readonly only: (place: PluginPlace) => boolean;
  /** Said where there are none. */
  readonly nothing: string;
  /** Whether it is said of each if the channel can be used there. */
  readonly standing?: boolean;
}

/** Organizations of the tenant with their integrations of a channel. */
export function PlaceList({ plugin, only, nothing, standing = false }: Props) {
  const { settings } = useWords();
  const say = settings.plugins;
  const places = usePages<PluginPlace>(`plugins/${plugin.name}/organizations`);
  const shown = places.items?.filter(only) ?? [];
  return (
    <Loaded of={places} rows={2}>
      {shown.length === 0 && !places.more && <p className="quiet">{nothing}</p>}
      <ul className="rows">
        {shown.map((place) => (
          <li key={place.id} className="plugin-place">
            <strong>{place.name}</strong>
            {standing && <Pill tone={place.available ? 'done' : 'stopped'}>{place.available ? say.installed : say.notInstalled}</Pill>}
            {standing && place.organization !== null && <span className="quiet">{say.own}</span>}
            <Hanging place={place} />
          </li>
        ))}
      </ul>
      <More more={places.more} />
    </Loaded>
  );
}

function Hanging({ place: { id: placeId, integrations } }: { readonly place: PluginPlace }) {
  const { settings } = useWords();
  const say = settings.plugins;
  const { organization } = useOpenSession().session;
  if (integrations.length === 0) return <p className="quiet">{say.noIntegration}</p>;
  return (
    <ul className="plain-list">
      {integrations.map(({ id, name, enabled, openConversations }) => (
        <li key={id}>
          {placeId === organization?.id ? <a href={hrefTo(`integrations/${id}`)}>{name}</a> : name}{' '}
          <span className="quiet">
            {[enabled ? say.enabled : say.disabled, openConversations > 0 && say.conversations(openConversations)]
              .filter(Boolean)
              .join(', ')}
          </span>
        </li>
      ))}
    </ul>
  );
}
