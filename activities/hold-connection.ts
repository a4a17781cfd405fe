import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Deliver, LinkReport } from '../channels/channel';
import { backoffMs, type LastError } from '../domain/connection';
import { AppError } from '../domain/errors';
import type { Integration } from '../store/integrations';
import type { Deps } from './deps';

const HEARTBEAT_MS = 250;
/** The proof that the status reads is written at most this often. */
const PROVE_EVERY_MS = 2000;

export interface HoldJob {
  readonly integrationId: string;
  readonly version: number;
}

/**
 * Holds one link open: resolves never, fails when the link is lost. A lost link backs off by `nextRetryDelay`; refused credentials, or a link that
 * another client took, fail for good and park it. Cancelled, it closes the socket first.
 */
export const createHoldConnection = (deps: Deps) =>
  async function holdConnection({ integrationId }: HoldJob): Promise<void> {
    const { store } = deps;
    const context = Context.current();
    const beating = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
    try {
      const integration = await store.integrations.find(integrationId);
      if (!integration?.enabled) return void (await context.cancelled.catch(() => undefined));
      const before = await store.connections.find(integrationId);
      const epoch = await store.connections.acquire(
        integrationId,
        deps.processName,
        new Date(context.info.currentAttemptScheduledTimestampMs),
      );
      // A process that was cut off gets its tasks when the network is back: others have been told to hold the link since.
      if (epoch === undefined) throw superseded();
      if (before?.owner && before.owner !== deps.processName && before.state === 'connected') {
        await store.connections.addIncident(integrationId, 'moved', { reason: `from ${before.owner}`, by: deps.processName });
      }
      await keepOpen(deps, integration, epoch, context);
    } catch (error) {
      if (context.cancellationSignal.aborted || error instanceof ApplicationFailure) throw error;
      throw await lost(deps, integrationId, error);
    } finally {
      clearInterval(beating);
    }
  };

const superseded = () =>
  ApplicationFailure.create({ type: 'Superseded', message: 'Another process holds the link.', nextRetryDelay: 500, category: 'BENIGN' });

async function keepOpen(deps: Deps, integration: Integration, epoch: number, context: Context): Promise<void> {
  const channel = deps.findChannel(integration.channel);
  const mode = channel?.modes.find(({ name }) => name === integration.mode);
  if (!channel || !mode)
    throw new AppError('bad_credentials', `The channel "${integration.channel}" has no mode "${integration.mode}" here.`);
  const config = mode.config.safeParse(integration.config);
  if (!config.success)
    throw new AppError(
      'bad_credentials',
      `The settings do not fit: ${config.error.issues[0]?.path.join('.')} ${config.error.issues[0]?.message}`,
    );
  if (mode.way !== 'listen' || !channel.listen) return await watchByProbe(deps, integration, epoch, config.data, context);

  const outvoted = new AbortController();
  const signal = AbortSignal.any([context.cancellationSignal, outvoted.signal]);
  const link = createLink(deps, integration.id, epoch, () => outvoted.abort());
  const deliver: Deliver = async (event) => {
    link.report.received();
    return await deps.deliver(integration.id)(event);
  };
  const watchdog = setInterval(() => {
    if (link.silentMs() > deps.limits.linkProofMs)
      outvoted.abort(new AppError('timeout', 'Nothing was received for too long: the link is dead.', { retryable: true }));
  }, 1000);
  try {
    await channel.listen(config.data, deliver, link.report, signal);
  } finally {
    clearInterval(watchdog);
    await link.settled();
  }
  if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason;
  throw outvoted.signal.reason instanceof AppError
    ? outvoted.signal.reason
    : new AppError('unreachable', 'The link was closed.', { retryable: true });
}

/** Writes down what the link reports: at once when it opens, then the proof at most every two seconds. */
function createLink({ store, processName }: Deps, integrationId: string, epoch: number, outvoted: () => void) {
  let lastProof = Date.now();
  let open = false;
  let pending: Promise<unknown> = Promise.resolve();
  const write = (step: () => Promise<unknown>) => {
    pending = pending.then(step).catch(() => undefined);
  };
  const report: LinkReport = {
    connected() {
      lastProof = Date.now();
      open = true;
      write(async () => {
        const was = await store.connections.connected(integrationId, epoch);
        if (!was) return outvoted();
        if (was.lostSeconds !== null)
          await store.connections.addIncident(integrationId, 'recovered', { by: processName, durationSeconds: was.lostSeconds });
      });
    },
    proven() {
      lastProof = Date.now();
    },
    received() {
      lastProof = Date.now();
      write(() => store.connections.eventReceived(integrationId));
    },
  };
  // As long as the watchdog has not ended it the link counts as proven: its last receipt is younger than the limit.
  const timer = setInterval(() => {
    if (open) write(async () => ((await store.connections.prove(integrationId, epoch)) ? undefined : outvoted()));
  }, PROVE_EVERY_MS);
  return {
    report,
    silentMs: () => Date.now() - lastProof,
    settled: async () => {
      clearInterval(timer);
      await pending;
    },
  };
}

/** A called or local channel has no link: it is connected as long as its probe succeeds. */
async function watchByProbe(deps: Deps, integration: Integration, epoch: number, config: unknown, context: Context): Promise<void> {
  const channel = deps.findChannel(integration.channel)!;
  for (;;) {
    const { ok, checks } = await channel.probe(config, integration.mode);
    const bad = checks.find((check) => !check.ok);
    if (!ok)
      throw new AppError(bad?.name === 'credentials' ? 'bad_credentials' : 'unreachable', bad?.detail ?? 'The probe failed.', {
        retryable: bad?.name !== 'credentials',
      });
    const was = await deps.store.connections.connected(integration.id, epoch);
    if (was?.lostSeconds != null)
      await deps.store.connections.addIncident(integration.id, 'recovered', { by: deps.processName, durationSeconds: was.lostSeconds });
    await context.sleep(5 * 60_000);
  }
}

/** Writes the loss down and says when to try again. */
async function lost({ store, processName }: Deps, integrationId: string, error: unknown): Promise<ApplicationFailure> {
  const known =
    error instanceof AppError
      ? error
      : new AppError('unknown', 'The link failed for an unknown reason.', { retryable: true, cause: error });
  const parked = known.code === 'bad_credentials' || known.code === 'kicked';
  const lastError: LastError = { code: known.code, message: known.message, at: new Date().toISOString() };
  const written = await store.connections.failed(integrationId, lastError, parked, true).catch(() => undefined);
  if (written?.wasConnected) {
    await store.connections
      .addIncident(integrationId, known.code === 'timeout' ? 'zombie' : 'lost', { reason: known.message, by: processName })
      .catch(() => undefined);
  }
  if (parked) return ApplicationFailure.create({ type: known.code, message: known.message, nonRetryable: true });
  const wait = backoffMs(
    written?.failures ?? 3,
    (written?.logins ?? []).map((at) => at.getTime()),
    Date.now(),
    Math.random(),
  );
  return ApplicationFailure.create({ type: 'ConnectionLost', message: known.code, nextRetryDelay: wait, category: 'BENIGN' });
}
