import { useEffect, useReducer } from 'react';
import { followEvents } from '../event-stream';
import type { Link } from '../model';
import { usePreferences } from '../preferences';
import { useApi } from '../session';

/** All links of the organization, as they change. */
export interface Links {
  /** `down`: nothing is told at the moment, so whoever wants to know must ask. */
  readonly state: 'opening' | 'live' | 'down';
  /** Those told last. */
  readonly links: readonly Link[] | undefined;
}

type News =
  | { readonly type: 'all'; readonly items: readonly Link[] }
  | { readonly type: 'status'; readonly link: Link }
  | { readonly type: 'gone'; readonly integrationId: string }
  | { readonly type: 'open' }
  | { readonly type: 'down' };

/** Follows the links while the page is visible. */
export function useLinks(): Links {
  const api = useApi();
  const { language } = usePreferences();
  const [state, tell] = useReducer(after, { state: 'opening', links: undefined });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is told is told in the page's language.
  useEffect(() => {
    const stop = new AbortController();
    const follow = {
      onEvent: (event: string | undefined, data: string) => {
        const told = newsOf(event, data);
        if (told) tell(told);
      },
      onState: (now: 'live' | 'lost' | 'refused') => tell({ type: now === 'live' ? 'open' : 'down' }),
    };
    void followEvents(api, 'integrations/stream', follow, stop.signal);
    return () => stop.abort();
  }, [api, language]);
  return state;
}

function newsOf(event: string | undefined, data: string): News | undefined {
  const told = JSON.parse(data);
  if (event === 'all') return { type: 'all', items: told.items };
  if (event === 'status') return { type: 'status', link: told };
  return event === 'gone' ? { type: 'gone', integrationId: told.integrationId } : undefined;
}

function after(before: Links, news: News): Links {
  const { links } = before;
  switch (news.type) {
    case 'all':
      return { state: 'live', links: news.items };
    case 'open':
      return { state: links ? 'live' : 'opening', links };
    case 'down':
      return { state: 'down', links };
    case 'gone':
      return { ...before, links: links?.filter(({ integrationId }) => integrationId !== news.integrationId) };
    case 'status': {
      const isKnown = links?.some(({ integrationId }) => integrationId === news.link.integrationId);
      const changed = links?.map((one) => (one.integrationId === news.link.integrationId ? news.link : one));
      return { ...before, links: isKnown ? changed : [...(links ?? []), news.link] };
    }
  }
}
