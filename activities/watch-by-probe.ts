import type { Context } from '@temporalio/activity';
import { AppError } from '../domain/errors';
import type { Integration } from '../store/integrations';
import type { Deps } from './deps';

const PROBE_EVERY_MS = 5 * 60_000;

/**
 * A called or local channel has no link: it is connected as long as its probe succeeds. Only credentials that the platform refused park it: what
 * keeps it from an answer passes.
 */
export async function watchByProbe(deps: Deps, integration: Integration, epoch: number, config: unknown, context: Context): Promise<void> {
  const channel = deps.findChannel(integration.channel)!;
  for (;;) {
    const { ok, checks } = await channel.probe(config, integration.mode, undefined, deps.portsFor(integration));
    const bad = checks.find((check) => !check.ok);
    if (!ok) {
      const refused = bad?.name === 'credentials' && !bad.retryable;
      throw new AppError(refused ? 'bad_credentials' : 'unreachable', bad?.detail ?? 'The probe failed.', { retryable: !refused });
    }
    const was = await deps.store.connections.connected(integration.id, epoch);
    if (was?.lostSeconds != null)
      await deps.store.connections.addIncident(integration.id, 'recovered', { by: deps.processName, durationSeconds: was.lostSeconds });
    await context.sleep(PROBE_EVERY_MS);
  }
}
