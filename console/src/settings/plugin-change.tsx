import { Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import type { Plugin, PluginPlace } from '../model';
import { useAction } from '../parts/use-action';
import { usePreferences } from '../preferences';
import { useApi, useOpenSession } from '../session';
import { PlaceList } from './plugin-places';

/** A decision about a channel; null takes back what was decided before. */
export interface PluginChange {
  readonly plugin: Plugin;
  readonly at: 'tenant' | 'organization';
  readonly to: boolean | null;
}

interface Changing {
  change(change: PluginChange): void;
  /** The channel that is being changed. */
  readonly changing: string | undefined;
  /** Asked before something is taken away. */
  readonly question: ReactNode;
}

/** Decides where a channel can be used; shows what hangs on it before it is taken away. */
export function usePluginChange(onDone: () => void): Changing {
  const { words } = usePreferences();
  const api = useApi();
  const { busy, run } = useAction();
  const [asked, setAsked] = useState<PluginChange>();
  const [changing, setChanging] = useState<string>();
  const make = async ({ plugin, at, to }: PluginChange) => {
    setChanging(plugin.name);
    if (await run(() => api.patch(`plugins/${plugin.name}`, { [at]: to }), words.common.saved)) setAsked(undefined);
    setChanging(undefined);
    onDone();
  };
  return {
    changing,
    change: (change) => (takesAway(change) ? setAsked(change) : void make(change)),
    question: asked && <Question asked={asked} busy={busy} onGo={() => void make(asked)} onClose={() => setAsked(undefined)} />,
  };
}

function takesAway({ plugin, at, to }: PluginChange): boolean {
  const builtIn = plugin.package === null;
  if (at === 'tenant') return !(to ?? builtIn);
  return plugin.available && !(to ?? plugin.tenant ?? builtIn);
}

interface QuestionProps {
  readonly asked: PluginChange;
  readonly busy: boolean;
  onGo(): void;
  onClose(): void;
}

function Question({ asked: { plugin, at }, busy, onGo, onClose }: QuestionProps) {
  const { words, language } = usePreferences();
  const say = words.settings.plugins;
  const { organization } = useOpenSession().session;
  // Those with a decision of their own keep what they have.
  const losesIt = (place: PluginPlace) =>
    at === 'tenant' ? place.available && place.organization === null : place.id === organization?.id;
  return (
    <Modal
      open
      title={say.remove(plugin.title[language], at === 'tenant' ? undefined : (organization?.name ?? ''))}
      onCancel={onClose}
      onOk={onGo}
      okText={say.removeGo}
      okButtonProps={{ danger: true, loading: busy }}
      cancelText={words.common.cancel}
    >
      <p>{say.removeWhat}</p>
      <PlaceList plugin={plugin} only={(place) => losesIt(place) && place.integrations.length > 0} nothing={say.removeNothing} />
    </Modal>
  );
}
