import { MessageOutlined } from '@ant-design/icons';
import { type ComponentType, type ReactNode, useSyncExternalStore } from 'react';
import { SandboxPage } from '../sandbox/page';
import type { Words } from '../words';

export interface PageEntry {
  /** The address behind `#/`; what follows a further slash belongs to the page. */
  readonly path: string;
  readonly icon: ReactNode;
  title(words: Words): string;
  readonly Page: ComponentType;
}

/** Every page of the console, in the order of the navigation. The first one is shown at the bare address. */
export const pages: readonly PageEntry[] = [
  { path: 'sandbox', icon: <MessageOutlined aria-hidden />, title: (words) => words.nav.sandbox, Page: SandboxPage },
];

export function pageAt(hash: string): PageEntry | undefined {
  const name = hash.replace(/^#\/?/, '').split('/')[0];
  return name ? pages.find(({ path }) => path === name) : pages[0];
}

const subscribe = (changed: () => void) => {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
};
export const useHash = (): string => useSyncExternalStore(subscribe, () => location.hash);
