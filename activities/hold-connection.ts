import { ApplicationFailure, Context } from '@temporalio/activity';
import { abilitiesOf, type Deliver, type LinkReport } from '../channels/channel';
import { backoffMs, type LastError } from '../domain/connection';
import { AppError } from '../domain/errors';
import type { Integration } from '../store/integrations';
import { catchUp } from './catch-up';
import type { Deps, Serving } from './deps';
import { createLettingGo, HAND_OVER_MS, type LettingGo } from './letting-go';
import { watchByProbe } from './watch-by-probe';

const HEARTBEAT_MS = 250;
/** The proof that the status reads is written at most this often. */
const PROVE_EVERY_MS = 2000;
const LOOK_EVERY_MS = 2000;
/** A link that changes hands is away for less; nothing is missed that the platform does not bring again by itself. */
const SHORT_MS = 500;

export interface HoldJob {
  readonly integrationId: string;
  readonly version: number;
}

/**
 * Holds one link open: resolves never, fails when the link is lost. A lost link backs off by `nextRetryDelay`; refused credentials, or a link that
 * another client took, fail for good and park it. Cancelled, it closes the socket first; while Temporal is away it holds on.
 */
export const createHoldConnection = (deps: Deps) => {
  const holding = new Map<string, Hold>();
  return async function holdConnection({ integrationId }: HoldJob): Promise<void> {
    const { store } = deps;
    const context = Context.current();
    const beating = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
    let epoch: number | undefined;
    let own: LettingGo | undefined;
    try {
      const integration = await whenEnabled(deps, integrationId, context);
      const before = await store.connections.find(integrationId);
      epoch = await store.connections.acquire(integrationId, deps.processName, new Date(context.info.currentAttemptScheduledTimestampMs));
      // A process that was cut off gets its tasks when the network is back: others have been told to hold the link since.
      if (epoch === undefined) throw superseded();
      if (before?.owner && before.owner !== deps.processName && before.state === 'connected') {
        await store.connections.addIncident(integrationId, 'moved', { reason: `from ${before.owner}`, by: deps.processName });
      }
      const older = holding.get(integrationId);
      own = createLettingGo(deps, integrationId, epoch, context);
      const held = keepOpen(deps, integration, { epoch, context, letGo: own.signal, older, provenAt: before?.provenAt });
      holding.set(integrationId, { leave: own.now, gone: held.catch(() => undefined) });
      await held;
    } catch (error) {
      if (context.cancellationSignal.aborted || error instanceof ApplicationFailure) throw error;
      throw (await replaced(deps, integrationId, epoch, error)) ?? (await lost(deps, integrationId, epoch, error));
    } finally {
      clearInterval(beating);
      own?.done();
    }
  };
};

/**
 * The row may be disabled before the connection is told, which then ends this. If it could not be told and the row is enabled again, nobody has
 * anything to tell: so the row is looked at.
 */
async function whenEnabled({ store }: Deps, integrationId: string, context: Context): Promise<Integration> {
  for (;;) {
    const integration = await store.integrations.find(integrationId);
    if (integration?.enabled) return integration;
    await context.sleep(LOOK_EVERY_MS);
  }
}

const superseded = () =>
  ApplicationFailure.create({ type: 'Superseded', message: 'Another process holds the link.', nextRetryDelay: 500, category: 'BENIGN' });

/** A platform that grants one link kicks the older one: one of ours that holds it now, or a stranger, who parks it. What cannot be told backs off. */
async function replaced({ store }: Deps, integrationId: string, epoch: number | undefined, error: unknown) {
  if (!(error instanceof AppError) || error.code !== 'kicked') return undefined;
  const now = await store.connections.find(integrationId).catch(() => undefined);
  if (now && now.epoch === epoch) return undefined;
  return superseded();
}

/** A link that this process holds. */
interface Hold {
  readonly leave: () => void;
  /** Resolves when it is closed; never rejects. */
  readonly gone: Promise<void>;
}

interface Holding {
  readonly epoch: number;
  readonly context: Context;
  readonly letGo: AbortSignal;
  /** The link of this process that this one follows; it may still be open. */
  readonly older: Hold | undefined;
  readonly provenAt: Date | null | undefined;
}

async function keepOpen(deps: Deps, integration: Integration, { epoch, context, letGo, older, provenAt }: Holding): Promise<void> {
  const channel = deps.findChannel(integration.channel);
  const mode = channel?.modes.find(({ name }) => name === integration.mode);
  if (!channel || !mode)
    throw new AppError('bad_credentials', `The channel "${integration.channel}" has no mode "${integration.mode}" here.`);
  if (integration.unreadable) throw new AppError('bad_credentials', `The settings cannot be read: ${integration.unreadable}`);
  const config = mode.config.safeParse(integration.config);
  if (!config.success)
    throw new AppError(
      'bad_credentials',
      `The settings do not fit: ${config.error.issues[0]?.path.join('.')} ${config.error.issues[0]?.message}`,
    );
  if (mode.way !== 'listen' || !channel.listen) return await watchByProbe(deps, integration, epoch, config.data, context);

  const outvoted = new AbortController();
  const signal = AbortSignal.any([letGo, outvoted.signal]);
  const recovered = (lostSeconds: number | null): void => {
    const lostAt = lostSeconds === null ? provenAt?.getTime() : Date.now() - lostSeconds * 1000;
    if (lostAt !== undefined && Date.now() - lostAt > SHORT_MS) void catchUp(deps, integration, lostAt, signal);
  };
  let handOver: NodeJS.Timeout | undefined;
  const giveWay = (): void => {
    handOver ??= setTimeout(() => outvoted.abort(), HAND_OVER_MS);
  };
  const link = createLink(deps, integration.id, epoch, { outvoted: () => outvoted.abort(), followed: giveWay, recovered });
  const speaks = abilitiesOf(channel, integration.mode).repliesThroughConnection;
  let serving: Serving | undefined;
  let closed = false;
  const serve = (): void => {
    if (serving || closed || signal.aborted) return;
    serving = deps.serveReplies(integration.id);
    serving.failed.catch((cause: unknown) =>
      outvoted.abort(new AppError('unserved', 'Answers could not be taken for this link.', { retryable: true, cause })),
    );
  };
  const report: LinkReport = {
    ...link.report,
    connected() {
      link.report.connected();
      older?.leave();
      if (speaks) void (older?.gone ?? Promise.resolve()).then(serve);
    },
  };
  const deliver: Deliver = async (event) => {
    link.report.received();
    return await deps.deliver(integration.id)(event);
  };
  const watchdog = setInterval(() => {
    if (link.silentMs() > deps.limits.linkProofMs)
      outvoted.abort(new AppError('timeout', 'Nothing was received for too long: the link is dead.', { retryable: true }));
  }, 1000);
  try {
    await channel.listen(config.data, deliver, report, signal, deps.portsFor(integration));
  } finally {
    closed = true;
    clearInterval(watchdog);
    clearTimeout(handOver);
    await serving?.stop();
    await link.settled();
  }
  if (letGo.aborted) throw letGo.reason;
  throw outvoted.signal.reason instanceof AppError
    ? outvoted.signal.reason
    : new AppError('unreachable', 'The link was closed.', { retryable: true });
}

interface LinkNews {
  /** Another process holds the link already; this one has just opened it. */
  outvoted(): void;
  /** Another process takes the link that this one has open. */
  followed(): void;
  recovered(lostSeconds: number | null): void;
}

/** Writes down what the link reports: at once when it opens, then the proof at most every two seconds. */
function createLink({ store, processName }: Deps, integrationId: string, epoch: number, { outvoted, followed, recovered }: LinkNews) {
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
        recovered(was.lostSeconds);
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
    shared(links) {
      const reason = `${links} links are open with these credentials, and the platform hands each event to one of them: stop the other programs.`;
      write(() => store.connections.addIncident(integrationId, 'shared', { reason, by: processName }));
    },
  };
  // As long as the watchdog has not ended it the link counts as proven: its last receipt is younger than the limit.
  const timer = setInterval(() => {
    if (open) write(async () => ((await store.connections.prove(integrationId, epoch)) ? undefined : followed()));
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

/** Writes the loss down and says when to try again. What failed before the link was taken cannot be written and loses nothing. */
async function lost(
  { store, processName }: Deps,
  integrationId: string,
  epoch: number | undefined,
  error: unknown,
): Promise<ApplicationFailure> {
  const known =
    error instanceof AppError
      ? error
      : new AppError('unknown', 'The link failed for an unknown reason.', { retryable: true, cause: error });
  const parked = known.code === 'bad_credentials' || known.code === 'kicked';
  const lastError: LastError = { code: known.code, message: known.message, at: new Date().toISOString() };
  const written = epoch === undefined ? null : await store.connections.failed(integrationId, epoch, lastError, parked).catch(() => null);
  if (written === undefined) return superseded();
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
