import type { Client } from '@temporalio/client';
import type { AnyBackend } from '../agents/backend';
import type { AnyChannel, Ports } from '../channels/channel';
import type { Config } from '../runtime/config';
import type { Dispatch } from '../runtime/dispatch';
import type { Log } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import type { Store } from '../store';
import type { Files } from '../store/files';
import type { Integration } from '../store/integrations';

/** Everything the routes use, given once by `main.ts`. */
export interface GatewayDeps {
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
  readonly client: Client;
  readonly dispatch: Dispatch;
  readonly channels: readonly AnyChannel[];
  readonly portsFor: (integration: Pick<Integration, 'id' | 'channel'>) => Ports;
  /** Where the bytes of attachments are. */
  readonly files: Files;
  readonly backends: readonly AnyBackend[];
  /** The npm package a channel, or a backend, comes from; undefined for those that come with Parley. */
  readonly packageOf?: (name: string, kind?: 'channel' | 'backend') => string | undefined;
  readonly metrics: Metrics;
  /** Rejects while the database or Temporal does not answer. */
  readonly ready: () => Promise<void>;
  /** How often open streams look at what changes without a word, and at who reads them, in milliseconds; 2000 unless given. */
  readonly lookEveryMs?: number;
  /** The clock of sign-ins and sessions; the machine's unless given. */
  readonly now?: () => Date;
}

export const nowOf = ({ now }: Pick<GatewayDeps, 'now'>): Date => now?.() ?? new Date();
