import { type Api, withQuery } from '../api';
import { followEvents, type StreamState } from '../event-stream';
import type { SandboxEvent } from './events';

export type LinkState = 'opening' | StreamState;

export interface Follow {
  onEvent(event: SandboxEvent): void;
  onLink(state: LinkState): void;
}

/** Follows a chat until `signal` aborts, from the last event seen. */
export const followChat = (
  api: Api,
  integrationId: string,
  chat: string,
  { onEvent, onLink }: Follow,
  signal: AbortSignal,
): Promise<void> =>
  followEvents(
    api,
    withQuery(`sandbox/${encodeURIComponent(integrationId)}/stream`, { chat }),
    {
      onEvent: (event, data) => {
        if (event === 'message' || event === 'card') onEvent({ type: event, data: JSON.parse(data) });
      },
      onState: onLink,
    },
    signal,
  );
