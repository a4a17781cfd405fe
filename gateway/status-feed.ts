import { setTimeout as rest } from 'node:timers/promises';
import { type ConnectionStatus, connectionStatus } from '../domain/connection';
import type { Notifications } from '../runtime/notifications';
import type { LinkRow } from '../store/connections';
import type { Scope } from '../store/scope';
import { modeOf } from './api/channels';
import type { GatewayDeps } from './deps';

/** An integration and what its link is doing, as followers are told. */
export interface Link extends ConnectionStatus {
  readonly integrationId: string;
  readonly name: string;
  readonly channel: string;
  readonly mode: string;
  readonly enabled: boolean;
  readonly changedAt: string;
  readonly lastIncidentId: string | null;
}

type Hear = (links: readonly Link[]) => void;

/** How all links of an organization stand, for as many readers as there are: each change is looked up once. */
export interface StatusFeed {
  /** Calls soon, and again whenever something may have changed, until what it returns is called. */
  follow(scope: Scope, hear: Hear): () => void;
}

/** What is derived changes without a word, as when a proof grows old. */
export const LOOK_EVERY_MS = 2000;
/** Links often change together. */
const REST_MS = 100;

export function createStatusFeed(deps: Pick<GatewayDeps, 'store' | 'channels' | 'lookEveryMs'>, announced: Notifications): StatusFeed {
  const watches = new Map<string, Watch>();
  let ticking: NodeJS.Timeout | undefined;
  const lookAt = (organizationId?: string): void => {
    for (const [id, watch] of watches) if (organizationId === undefined || organizationId === id) void watch.look();
  };
  announced.subscribe(lookAt);

  return {
    follow(scope, hear) {
      const id = scope.organizationId;
      const watch = watches.get(id) ?? createWatch(deps, scope);
      watches.set(id, watch);
      watch.followers.add(hear);
      ticking ??= setInterval(lookAt, deps.lookEveryMs ?? LOOK_EVERY_MS).unref();
      void watch.look();
      return () => {
        watch.followers.delete(hear);
        if (watch.followers.size > 0 || watches.get(id) !== watch) return;
        watches.delete(id);
        if (watches.size > 0) return;
        clearInterval(ticking);
        ticking = undefined;
      };
    },
  };
}

interface Watch {
  readonly followers: Set<Hear>;
  look(): Promise<void>;
}

function createWatch({ store, channels }: Pick<GatewayDeps, 'store' | 'channels'>, scope: Scope): Watch {
  const followers = new Set<Hear>();
  let isLooking = false;
  let again = false;
  const read = async (): Promise<readonly Link[]> =>
    (await store.within(scope, () => store.connections.ofOrganization(scope))).map((found) => present(channels, found));
  return {
    followers,
    async look() {
      again = true;
      if (isLooking) return;
      isLooking = true;
      while (again && followers.size > 0) {
        again = false;
        // While the database is away nothing is told; its readers leave by themselves.
        const links = await read().catch(() => undefined);
        if (links) for (const hear of followers) hear(links);
        await rest(REST_MS, undefined, { ref: false });
      }
      isLooking = false;
    },
  };
}

function present(channels: GatewayDeps['channels'], { integrationId, name, channel, mode, enabled, changedAt, ...found }: LinkRow): Link {
  const known = modeOf(
    channels.find((one) => one.name === channel),
    mode,
  );
  return {
    ...{ integrationId, name, channel, mode, enabled, changedAt: changedAt.toISOString(), lastIncidentId: found.lastIncidentId },
    ...connectionStatus(found, known?.way ?? 'listen'),
  };
}
