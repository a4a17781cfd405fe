import type { Client } from '@temporalio/client';
import type { AnyBackend } from '../agents/backend';
import type { AnyChannel } from '../channels/channel';
import type { Config } from '../runtime/config';
import type { Dispatch } from '../runtime/dispatch';
import type { Log } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import type { Store } from '../store';

/** Everything the routes use, given once by `main.ts`. */
export interface GatewayDeps {
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
  readonly client: Client;
  readonly dispatch: Dispatch;
  readonly channels: readonly AnyChannel[];
  readonly backends: readonly AnyBackend[];
  readonly metrics: Metrics;
  /** Rejects while the database or Temporal does not answer. */
  readonly ready: () => Promise<void>;
}
