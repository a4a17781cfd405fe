import { useMemo, useSyncExternalStore } from 'react';
import { type Route, routeOf } from './address';

const readers = new Set<() => void>();
/** All at once: a page that learned of a new address before the frame does would take it for its own. */
const tell = (): void => {
  for (const changed of [...readers]) changed();
};

const subscribe = (changed: () => void) => {
  if (readers.size === 0) addEventListener('hashchange', tell);
  readers.add(changed);
  return () => {
    readers.delete(changed);
    if (readers.size === 0) removeEventListener('hashchange', tell);
  };
};

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => routeOf(hash), [hash]);
}

/** The address of a page, for links. */
export function hrefTo(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ''}`;
}

export const goTo = (path: string): void => {
  location.hash = `#/${path}`;
};
