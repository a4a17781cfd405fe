import { useCallback, useEffect, useRef, useState } from 'react';
import { type Api, ApiProblem } from './api';
import type { Page } from './model';
import { useApi } from './session';

export interface Polled<T> {
  readonly value: T | undefined;
  /** The latest try failed; `value` is the one before. */
  readonly failed: boolean;
  readonly problem: ApiProblem | undefined;
  /** Asks now. */
  refresh(): void;
}

interface Held<T> {
  readonly key: string;
  readonly value: T | undefined;
  readonly failed: boolean;
  readonly problem: ApiProblem | undefined;
}

const LIVE_MS = 5000;

/** Every so many milliseconds while the page is visible; `once`, because something else tells of changes; or `never`, because it tells everything. */
export type Pace = number | 'once' | 'never';

/** Asks at once, as often as the pace says, and again whenever `key` changes. */
export function usePoll<T>(ask: (signal: AbortSignal) => Promise<T>, pace: Pace, key = ''): Polled<T> {
  const [held, setHeld] = useState<Held<T>>({ key, value: undefined, failed: false, problem: undefined });
  const [round, setRound] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  /** What was asked when the latest answer came. */
  const answered = useRef<string>(undefined);
  useEffect(() => {
    const wanted = `${round} ${key}`;
    if (pace === 'never' || (pace === 'once' && answered.current === wanted)) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') {
        try {
          const value = await latest.current(stop.signal);
          if (stop.signal.aborted) return;
          answered.current = wanted;
          setHeld({ key, value, failed: false, problem: undefined });
        } catch (error) {
          const problem = error instanceof ApiProblem ? error : undefined;
          if (stop.signal.aborted) return;
          answered.current = undefined;
          setHeld((before) => ({ ...before, key, failed: true, problem }));
        }
      }
      const isDone = pace === 'once' && answered.current === wanted;
      if (!stop.signal.aborted && !isDone) timer = setTimeout(look, typeof pace === 'number' ? pace : LIVE_MS);
    };
    const onVisible = () => {
      if (document.visibilityState === 'visible') void look();
    };
    document.addEventListener('visibilitychange', onVisible);
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [pace, key, round]);
  const refresh = useCallback(() => setRound((before) => before + 1), []);
  return { value: held.value, failed: held.failed, problem: held.problem, refresh };
}

/** Asks again whenever something else tells by a new mark that the answer has changed. */
export function useAgain(mark: string | null | undefined, refresh: () => void): void {
  const before = useRef(mark);
  useEffect(() => {
    if (before.current !== mark) refresh();
    before.current = mark;
  }, [mark, refresh]);
}

export interface Live<T> extends Polled<T> {
  /** Neither a value nor a problem is known yet. */
  readonly loading: boolean;
}

/** What the API says at `path`, asked again every five seconds unless said otherwise; a value of another path is never shown. */
export function useLive<T>(path: string, pace: Pace = LIVE_MS): Live<T> {
  return useLook(path, (api, signal) => api.get<T>(path, signal), pace);
}

/** The same for what takes several calls; `key` says what is looked at. */
export function useLook<T>(key: string, look: (api: Api, signal: AbortSignal) => Promise<T>, pace: Pace = LIVE_MS): Live<T> {
  const api = useApi();
  const { value, ...polled } = usePoll(async (signal) => ({ key, found: await look(api, signal) }), pace, key);
  const found = value?.key === key ? value.found : undefined;
  return { ...polled, value: found, loading: found === undefined && polled.problem === undefined };
}

export interface Pages<T> extends Omit<Live<readonly T[]>, 'value'> {
  readonly items: readonly T[] | undefined;
  /** Present while there are more. */
  readonly more: (() => Promise<void>) | undefined;
}

interface Further<T> {
  readonly path: string;
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A list of the API: its first page live, further pages when asked for. */
export const usePages = <T extends { readonly id: string }>(path: string, pace: Pace = LIVE_MS): Pages<T> =>
  usePagesBy<T>(({ id }) => id, path, pace);

/** The same for entries without an id. */
export function usePagesBy<T>(keyOf: (item: T) => string, path: string, pace: Pace = LIVE_MS): Pages<T> {
  const api = useApi();
  const { value, ...live } = useLive<Page<T>>(path, pace);
  const [further, setFurther] = useState<Further<T>>();
  const rest = further?.path === path ? further : undefined;
  const cursor = rest ? rest.nextCursor : value?.nextCursor;
  const more = async () => {
    const page = await api.get<Page<T>>(`${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor ?? '')}`);
    setFurther({ path, items: [...(rest?.items ?? []), ...page.items], nextCursor: page.nextCursor });
  };
  const first = value?.items;
  const shown = new Set(first?.map(keyOf));
  return {
    ...live,
    items: first && [...first, ...(rest?.items.filter((item) => !shown.has(keyOf(item))) ?? [])],
    more: first && cursor ? more : undefined,
  };
}
