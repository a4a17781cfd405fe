import { channels } from '../channels';
import { abilitiesOf } from '../channels/channel';
import { type AlertNews, alertLink, alertWords } from '../domain/alert';
import { AppError } from '../domain/errors';
import type { Store } from '../store';
import type { DueDelivery } from '../store/alerts';
import { type AlertMessage, type AlertWays, sendAlert } from './alert-ways';

export interface AlertDeps extends AlertWays {
  readonly store: Store;
  readonly processName: string;
  /** Address of the console, ending in a slash; empty where none is known. */
  readonly consoleUrl: string;
  readonly limits?: Partial<AlertLimits>;
}

/** Durations in milliseconds; tests give smaller ones. */
export interface AlertLimits {
  /** Events without an end count when they are older. */
  readonly unendedAfterMs: number;
  /** A link must stand so long before it counts as recovered: one that comes and goes is one incident. */
  readonly steadyMs: number;
  /** The pause after the first failure; it doubles with each further one, up to an hour. */
  readonly retryMs: number;
  /** What could not be said for so long is said no more. */
  readonly giveUpMs: number;
}

const standard: AlertLimits = { unendedAfterMs: 60_000, steadyMs: 60_000, retryMs: 10_000, giveUpMs: 24 * 3_600_000 };
const HOUR_MS = 3_600_000;
const AT_ONCE = 20;
const MAX_ERROR = 300;

export type Alerts = ReturnType<typeof createAlerts>;

/** Finds out what administrators must know, and tells them. It needs no Temporal: that one is away is among the reasons to speak. */
export function createAlerts({ store, processName, consoleUrl, limits: given, ...ways }: AlertDeps) {
  const limits = { ...standard, ...given };
  const modes = channels.flatMap((channel) => channel.modes.map((mode) => ({ channel, mode, name: `${channel.name}/${mode.name}` })));
  const unproven = modes.filter(({ mode }) => mode.way !== 'listen').map(({ name }) => name);
  const linked = modes.filter(({ channel, mode }) => abilitiesOf(channel, mode.name).repliesThroughConnection).map(({ name }) => name);

  /** A test says at once what is wrong: nobody waits for a second try of it. */
  function againIn({ phase, attempts, createdAt }: DueDelivery): number | undefined {
    if (phase === 'test') return undefined;
    const wait = Math.min(HOUR_MS, limits.retryMs * 2 ** (attempts - 1));
    return Date.now() + wait - createdAt.getTime() > limits.giveUpMs ? undefined : wait;
  }

  async function deliver(due: DueDelivery): Promise<void> {
    try {
      if (due.linkAway) throw new AppError('unreachable', 'The integration that this alert speaks through is not connected.');
      await sendAlert(ways, due, messageOf(due, consoleUrl));
    } catch (error) {
      await store.alerts.failed(due.id, reasonOf(error), againIn(due));
      return;
    }
    await store.alerts.sent(due.id);
  }

  return {
    /** Compares what is with what was told of. */
    watch: (): Promise<void> => store.alerts.watch({ unproven, unendedAfterMs: limits.unendedAfterMs, steadyMs: limits.steadyMs }),

    /** Sends what is due and can be sent from this process. Resolves with how many were tried. */
    async deliver(): Promise<number> {
      const due = await store.alerts.due(processName, linked, limits.giveUpMs, AT_ONCE);
      const results = await Promise.allSettled(due.map(deliver));
      const lost = results.find((result) => result.status === 'rejected');
      if (lost) throw lost.reason;
      return due.length;
    },
  };
}

function messageOf(due: DueDelivery, consoleUrl: string): AlertMessage {
  const { kind, subjectId, subjectName, since, reason, endedAt, endedBy } = due;
  const known = kind !== null && subjectId !== null && subjectName !== null && since !== null;
  const news: AlertNews = {
    ...{ phase: due.phase, rule: due.rule, organization: due.organization, organizationId: due.organizationId },
    ...(known && { incident: { kind, subjectId, subjectName, since, reason, endedAt, endedBy } }),
  };
  const link = alertLink(news, consoleUrl);
  return { id: due.id, news, link, ...alertWords(news, due.language, link) };
}

/** Our own errors tell what to do; anything else may quote addresses or secrets, so its code must do. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message.slice(0, MAX_ERROR);
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return `It failed unexpectedly (${typeof code === 'string' ? code : 'unknown'}).`;
}
