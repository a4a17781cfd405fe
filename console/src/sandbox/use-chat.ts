import { useCallback, useEffect, useReducer, useState } from 'react';
import type { Api } from '../api';
import type { Language } from '../words';
import type { CardAction, MessageEvent, SandboxEvent } from './events';
import { followChat, type LinkState } from './stream';
import { applyChange, type Timeline } from './timeline';

export interface Draft {
  readonly sender: string;
  readonly text: string;
  readonly group: boolean;
  readonly mentions: readonly string[];
}

export interface Chat {
  readonly timeline: Timeline;
  readonly link: LinkState;
  send(draft: Draft): void;
  /** Sends a message that was not sent once more, under its own id: the ledger knows it if it had arrived after all. */
  sendAgain(message: MessageEvent): void;
  /** Presses a card's button. Resolves with what is to be told about it; rejects when the press did not arrive. */
  press(replyId: string, sender: string, action: CardAction, detail?: string): Promise<Toast | null>;
}

/** The same in every language. */
export type Toast = Readonly<Record<Language, string>>;

/** One chat of the sandbox, live. */
export function useChat(api: Api, integrationId: string, chat: string): Chat {
  const [timeline, change] = useReducer(applyChange, []);
  const [link, setLink] = useState<LinkState>('opening');
  const base = `sandbox/${encodeURIComponent(integrationId)}`;

  useEffect(() => {
    const stop = new AbortController();
    change({ type: 'clear' });
    setLink('opening');
    const frames = perFrame((events: readonly SandboxEvent[]) => {
      if (stop.signal.aborted) return;
      for (const event of events) change({ type: 'event', event, receivedAt: Date.now() });
    });
    void followChat(api, integrationId, chat, { onEvent: frames.add, onLink: setLink }, stop.signal);
    return () => {
      stop.abort();
      frames.cancel();
    };
  }, [api, integrationId, chat]);

  const post = useCallback(
    async (message: MessageEvent) => {
      change({ type: 'sending', message });
      const { messageId, sender, text, group, mentions } = message;
      try {
        await api.post(`${base}/messages`, { chat, sender, text, messageId, group: group ?? false, mentions: mentions ?? [] });
        change({ type: 'sent', messageId });
      } catch {
        change({ type: 'not-sent', messageId });
      }
    },
    [api, base, chat],
  );
  const send = useCallback(
    ({ sender, text, group, mentions }: Draft) =>
      void post({ messageId: crypto.randomUUID(), from: 'person', sender, text, group, mentions, at: new Date().toISOString() }),
    [post],
  );
  const press = useCallback(
    async (replyId: string, sender: string, action: CardAction, detail?: string) => {
      const pressed = { chat, sender, replyId, action, ...(detail ? { detail } : {}) };
      return (await api.post<{ readonly toast: Toast | null }>(`${base}/actions`, pressed)).toast;
    },
    [api, base, chat],
  );
  return { timeline, link, send, sendAgain: post, press };
}

/** Hands events on at most once per short while, so that a fast stream does not redraw more often than it is seen. */
function perFrame<T>(hand: (batch: readonly T[]) => void) {
  const SHORT_WHILE_MS = 30;
  let batch: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    const ready = batch;
    batch = [];
    hand(ready);
  };
  return {
    add: (item: T) => {
      batch.push(item);
      timer ??= setTimeout(flush, SHORT_WHILE_MS);
    },
    cancel: () => clearTimeout(timer),
  };
}
