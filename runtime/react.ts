import { type AnyChannel, abilitiesOf, type Messenger } from '../channels/channel';
import { appearanceOf } from '../domain/card';
import type { Address } from '../domain/event';
import type { Store } from '../store';
import type { Integration } from '../store/integrations';
import type { Route } from '../store/routes';
import type { Log } from './log';

/** Puts the sign of "received" on a question. */
export type React = (route: Pick<Route, 'integrationId' | 'savedAt' | 'channel' | 'mode'>, to: Address) => void;

/** A courtesy to whoever asked: nobody waits for it, and what fails is not tried again. */
export function createReact(options: {
  readonly store: Pick<Store, 'integrations'>;
  readonly findChannel: (name: string) => AnyChannel | undefined;
  readonly messengerFor: (integration: Integration) => Messenger;
  readonly log: Log;
}): React {
  const { store, findChannel, messengerFor, log } = options;

  async function react(integrationId: string, savedAt: string, to: Address): Promise<void> {
    const integration = await store.integrations.at(integrationId, savedAt);
    if (integration && appearanceOf(integration.appearance).reaction) await messengerFor(integration).react?.(to);
  }

  return ({ integrationId, savedAt, channel, mode }, to) => {
    const speaks = findChannel(channel);
    if (!speaks || !abilitiesOf(speaks, mode).reactions) return;
    react(integrationId, savedAt, to).catch((error: unknown) =>
      log.debug({ integrationId, error: error instanceof Error ? error.name : 'unknown' }, 'no reaction'),
    );
  };
}
