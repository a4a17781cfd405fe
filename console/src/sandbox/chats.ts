import { useCallback, useMemo, useState } from 'react';
import type { Api } from '../api';
import { usePoll } from '../use-poll';
import type { Words } from '../words';
import { demoPeople, nameOf } from './people';

/** A chat as the list shows it. Its id is also its name, but for the demo chats, whose names are translated. */
export interface ChatEntry {
  readonly id: string;
  readonly group: boolean;
  /** Who may speak in it here; the first one speaks until another is chosen. */
  readonly members: readonly string[];
  readonly lastText?: string;
  readonly at?: string;
}

interface ListedChat {
  readonly chat: string;
  readonly group: boolean;
  readonly lastText?: string | null;
  readonly at?: string | null;
}

const demoChats: readonly ChatEntry[] = [
  { id: 'Lin Xia', group: false, members: ['Lin Xia'] },
  { id: 'Product team', group: true, members: demoPeople.slice(0, 3) },
  { id: 'Chen Mo', group: false, members: ['Chen Mo'] },
];
const STORED = 'parley.sandbox.chats';
const POLL_MS = 4000;

export function chatTitle(words: Words, chat: ChatEntry): string {
  return words.chats.names[chat.id] ?? nameOf(words, chat.id);
}

/** The demo chats, those made here, and those the sandbox knows; the latest ones first. */
export function useChats(api: Api, integrationId: string, changes: string) {
  const [made, setMade] = useState(readMade);
  const { value } = usePoll<{ items: readonly ListedChat[] }>(
    (signal) => api.get(`sandbox/${encodeURIComponent(integrationId)}/chats`, signal),
    POLL_MS,
    `${integrationId} ${changes}`,
  );
  const chats = useMemo(() => merge([...demoChats, ...made], value?.items ?? []), [made, value]);
  const add = useCallback((chat: ChatEntry) => {
    setMade((before) => {
      const next = [...before, chat];
      localStorage.setItem(STORED, JSON.stringify(next));
      return next;
    });
  }, []);
  return { chats, add };
}

function merge(known: readonly ChatEntry[], listed: readonly ListedChat[]): readonly ChatEntry[] {
  const byId = new Map(known.map((chat) => [chat.id, chat]));
  for (const { chat: id, group, lastText, at } of listed) {
    const before = byId.get(id) ?? { id, group, members: group ? demoPeople.slice(0, 3) : [id] };
    byId.set(id, { ...before, ...(lastText ? { lastText } : {}), ...(at ? { at } : {}) });
  }
  // Sorting is stable: chats without a message keep the order in which they were made.
  return [...byId.values()].sort((a, b) => (b.at ?? '').localeCompare(a.at ?? ''));
}

function readMade(): readonly ChatEntry[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(stored) ? (stored as ChatEntry[]) : [];
  } catch {
    return [];
  }
}
