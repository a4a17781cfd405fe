import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { type Api, ApiProblem, createApi } from './api';
import { type Said, STORED, stored, takeFirstSession, takeOrganization } from './first-session';
import type { Right, Session } from './model';

export type SessionState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'signed-out'; readonly refused: boolean }
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'open'; readonly api: Api; readonly session: Session; readonly byKey: boolean; readonly reason: string | undefined };

interface SessionAccess {
  readonly state: SessionState;
  /** With a key; without one the cookie that a sign-in has set is looked at again. */
  signIn(apiKey?: string): void;
  signOut(): Promise<void>;
  choose(organizationId: string): void;
  /** Asks again who we are, after something of that was changed. */
  renew(): void;
  /** Why somebody reads what people wrote, once the calls of the open session carry it. */
  readonly reason: string | undefined;
  /** Goes along with every further call of this tab. */
  give(reason: string): void;
}

const RETRY_MS = 3000;
const SessionContext = createContext<SessionAccess | undefined>(undefined);

/** Asks who we are; keeps asking while the gateway cannot be reached. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [said, setSaid] = useState(stored);
  const [state, setState] = useState<SessionState>({ kind: 'loading' });

  const say = useCallback((next: Partial<Said>) => {
    for (const name of ['apiKey', 'organizationId', 'reason'] as const) {
      if (!(name in next)) continue;
      if (next[name] === undefined) sessionStorage.removeItem(STORED[name]);
      else sessionStorage.setItem(STORED[name], next[name]);
    }
    setSaid((before) => ({ ...before, ...next, round: before.round + 1 }));
  }, []);

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { apiKey, organizationId, reason } = said;
    const api = createApi({ ...said, onSignedOut: () => setState({ kind: 'signed-out', refused: false }) });
    const ask = async () => {
      try {
        const session = await (takeFirstSession() ?? api.get<Session>('session', stop.signal));
        setState({ kind: 'open', api, session, byKey: apiKey !== undefined, reason });
      } catch (error) {
        if (stop.signal.aborted) return;
        const status = error instanceof ApiProblem ? error.status : 0;
        // The organization chosen earlier may be somebody else's by now.
        if (status === 404 && organizationId !== undefined) return say({ organizationId: undefined });
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
  }, [said, say]);

  useEffect(() => {
    const look = () => {
      const organizationId = takeOrganization();
      if (organizationId) say({ organizationId });
    };
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, [say]);

  const access = useMemo<SessionAccess>(
    () => ({
      state,
      // The organization stays, for a link may have named it; whoever does not belong to it gets their own, see above.
      signIn: (apiKey) => say({ apiKey }),
      signOut: async () => {
        if (state.kind === 'open' && !state.byKey) await state.api.delete('session').catch(() => undefined);
        say({ apiKey: undefined, organizationId: undefined, reason: undefined });
      },
      choose: (organizationId) => say({ organizationId }),
      renew: () => say({}),
      reason: state.kind === 'open' ? state.reason : undefined,
      give: (reason) => say({ reason }),
    }),
    [state, say],
  );
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

export const useApi = (): Api => useOpenSession().api;

/** Whether the person may do that; pages leave out what they may not. */
export function useMay(right: Right): boolean {
  return useOpenSession().session.rights.includes(right);
}
