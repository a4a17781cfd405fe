import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { type Api, ApiProblem, createApi } from './api';

export interface Session {
  readonly user: string | { readonly name: string };
  readonly role: string;
  readonly sandbox?: { readonly integrationId: string } | null;
  readonly temporalUiUrl?: string | null;
}

export type SessionState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'signed-out'; readonly refused: boolean }
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'open'; readonly api: Api; readonly session: Session; readonly byKey: boolean };

interface SessionAccess {
  readonly state: SessionState;
  signIn(apiKey: string): void;
  signOut(): void;
}

const STORED_KEY = 'parley.apiKey';
const RETRY_MS = 3000;
const SessionContext = createContext<SessionAccess | undefined>(undefined);

/** Asks who we are; keeps asking while the gateway cannot be reached. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [apiKey, setApiKey] = useState(() => sessionStorage.getItem(STORED_KEY) ?? undefined);
  const [state, setState] = useState<SessionState>({ kind: 'loading' });

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const api = createApi(apiKey);
      try {
        const session = await api.get<Session>('session', stop.signal);
        setState({ kind: 'open', api, session, byKey: apiKey !== undefined });
      } catch (error) {
        if (stop.signal.aborted) return;
        const status = error instanceof ApiProblem ? error.status : 0;
        if (status === 401 || status === 403) return setState({ kind: 'signed-out', refused: apiKey !== undefined });
        setState({ kind: 'unreachable', message: error instanceof Error ? error.message : '' });
        timer = setTimeout(ask, RETRY_MS);
      }
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [apiKey]);

  const signIn = useCallback((key: string) => {
    sessionStorage.setItem(STORED_KEY, key);
    setApiKey(key);
  }, []);
  const signOut = useCallback(() => {
    sessionStorage.removeItem(STORED_KEY);
    setState({ kind: 'loading' });
    setApiKey(undefined);
  }, []);
  const access = useMemo(() => ({ state, signIn, signOut }), [state, signIn, signOut]);
  return <SessionContext value={access}>{children}</SessionContext>;
}

export function useSessionAccess(): SessionAccess {
  const access = useContext(SessionContext);
  if (!access) throw new Error('useSessionAccess stands outside of SessionProvider');
  return access;
}

/** For pages, which are shown only while a session is open. */
export function useOpenSession() {
  const { state } = useSessionAccess();
  if (state.kind !== 'open') throw new Error('useOpenSession stands outside of an open session');
  return state;
}
