import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef } from 'react';
import { everyExpert, everyIntegration } from '../integrations/use-integrations';
import type { Backend, Channel, Expert, Integration, Page } from '../model';
import { usePreferences } from '../preferences';
import { useLook } from '../use-poll';

interface Names {
  integration(id: string | null): string;
  expert(id: string | null): string;
  channel(name: string): string;
  mode(channel: string, mode: string): string;
  backend(name: string): string;
  readonly integrations: readonly Integration[];
  readonly experts: readonly Expert[];
  /** Undefined until they are known. */
  readonly channels: readonly Channel[] | undefined;
  readonly backends: readonly Backend[] | undefined;
  /** Asks again, after something was created, renamed or made available. */
  refresh(): void;
}

const NamesContext = createContext<Names | undefined>(undefined);
/** Platforms and backends change with releases only. */
const RARELY_MS = 600_000;
const SOMETIMES_MS = 30_000;

/** Names for the ids that the API answers with; the id's beginning for what is gone. */
export function NamesProvider({ children }: { readonly children: ReactNode }) {
  const { language } = usePreferences();
  const { value: kinds, refresh: refreshKinds } = useLook(
    'kinds',
    async (api, signal) => {
      const [channels, backends] = await Promise.all([
        api.get<Page<Channel>>('channels', signal),
        api.get<Page<Backend>>('backends', signal),
      ]);
      return { channels: channels.items, backends: backends.items };
    },
    RARELY_MS,
  );
  const { value: named, refresh: refreshNamed } = useLook(
    'names',
    async (api, signal) => {
      const [integrations, experts] = await Promise.all([everyIntegration(api, signal), everyExpert(api, signal)]);
      return { integrations: integrations.items, experts: experts.items };
    },
    SOMETIMES_MS,
  );
  const refresh = useCallback(() => {
    refreshKinds();
    refreshNamed();
  }, [refreshKinds, refreshNamed]);
  // What a list names may be newer than the names: each unknown id is asked for once, and is gone where it stays unknown.
  const missed = useRef(new Set<string>());
  const names = useMemo<Names>(() => {
    const nameOf = (known: readonly { readonly id: string; readonly name: string }[] | undefined, id: string | null): string => {
      const found = known?.find((one) => one.id === id);
      if (known && !found && id && !missed.current.has(id)) {
        missed.current.add(id);
        queueMicrotask(refreshNamed);
      }
      return found?.name ?? shortened(id);
    };
    const channelOf = (name: string) => kinds?.channels.find((one) => one.name === name);
    return {
      integration: (id) => nameOf(named?.integrations, id),
      expert: (id) => nameOf(named?.experts, id),
      channel: (name) => channelOf(name)?.title[language] ?? name,
      mode: (name, mode) => channelOf(name)?.modes.find((one) => one.name === mode)?.title[language] ?? mode,
      backend: (name) => kinds?.backends.find((one) => one.name === name)?.title[language] ?? name,
      integrations: named?.integrations ?? [],
      experts: named?.experts ?? [],
      channels: kinds?.channels,
      backends: kinds?.backends,
      refresh,
    };
  }, [kinds, named, language, refresh, refreshNamed]);
  return <NamesContext value={names}>{children}</NamesContext>;
}

const shortened = (id: string | null): string => (id ? id.slice(0, 8) : '–');

export function useNames(): Names {
  const names = useContext(NamesContext);
  if (!names) throw new Error('useNames stands outside of NamesProvider');
  return names;
}
