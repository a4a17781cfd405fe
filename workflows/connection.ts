import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  rootCause,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type ConnectionInput,
  connectionQuery,
  type DesiredConnection,
  disableUpdate,
  enableUpdate,
  reconfigureUpdate,
  removeUpdate,
  restartUpdate,
  searchAttributes,
} from './messages';
import { holdConnection, probeConnection, recordConnection } from './steps';

/** A parked link tries its credentials again this often: a platform's incident must not need an administrator. */
const PROBE_EVERY_MS = 15 * 60_000;

/**
 * One integration's link: holds it, loses it, waits, holds it again; moves it when its process dies. Lives as long as the integration.
 * Desired state is here; what the link is really doing is what its holder proves (`domain/connection.ts`).
 */
export async function connection(input: ConnectionInput): Promise<void> {
  const { integrationId, desired, probeEveryMs = PROBE_EVERY_MS } = input;
  const link: Link = { integrationId, desired, revision: 0, removed: false, story: [] };
  hearAdministrators(link);
  for (;;) {
    await tellStory(link);
    if (link.removed) return;
    describe(link);
    if (!link.desired.enabled) {
      await condition(() => link.story.length > 0 || link.desired.enabled || link.removed);
    } else if (link.desired.parked) {
      await stayParked(link, probeEveryMs);
    } else {
      await hold(link);
    }
    if (workflowInfo().continueAsNewSuggested && link.story.length === 0)
      await continueAsNew<typeof connection>({ ...input, desired: link.desired });
  }
}

interface Link {
  readonly integrationId: string;
  desired: DesiredConnection;
  /** Rises with every change, so that a holder's end is known to belong to the past. */
  revision: number;
  removed: boolean;
  /** Incidents to write down. */
  story: { kind: 'enabled' | 'disabled' | 'restarted' | 'reconfigured' | 'parked'; by?: string; reason?: string }[];
  letGo?: () => void;
  shown?: string;
}

function hearAdministrators(link: Link): void {
  const change = (next: DesiredConnection, kind: Link['story'][number]['kind'], by: string): DesiredConnection => {
    link.desired = next;
    link.revision += 1;
    link.story.push({ kind, by });
    link.letGo?.();
    return next;
  };
  const { version } = link.desired;
  const now = () => link.desired;
  setHandler(enableUpdate, (by) =>
    now().enabled && !now().parked ? now() : change({ enabled: true, version: now().version }, 'enabled', by),
  );
  setHandler(disableUpdate, (by) => (now().enabled ? change({ enabled: false, version: now().version }, 'disabled', by) : now()));
  setHandler(restartUpdate, (by) => (now().enabled ? change({ enabled: true, version: now().version }, 'restarted', by) : now()));
  setHandler(reconfigureUpdate, (next, by) =>
    next > now().version ? change({ enabled: now().enabled, version: next }, 'reconfigured', by) : now(),
  );
  setHandler(removeUpdate, (by) => {
    change({ enabled: false, version }, 'disabled', by);
    link.removed = true;
  });
  setHandler(connectionQuery, () => link.desired);
}

/** Holds the link until it is let go, or refused for good. Everything else is retried inside the activity's own policy. */
async function hold(link: Link): Promise<void> {
  const { revision } = link;
  const scope = new CancellationScope();
  link.letGo = () => scope.cancel();
  try {
    await scope.run(() =>
      holdConnection.executeWithOptions({ summary: `version ${link.desired.version}` }, [
        { integrationId: link.integrationId, version: link.desired.version },
      ]),
    );
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    if (isCancellation(error) || revision !== link.revision) return;
    link.desired = { ...link.desired, parked: refusal(error) };
    link.story.push({ kind: 'parked', reason: refusal(error) });
  } finally {
    delete link.letGo;
  }
}

async function stayParked(link: Link, probeEveryMs: number): Promise<void> {
  const { revision } = link;
  const changed = () => link.revision !== revision;
  if (await condition(changed, probeEveryMs, { summary: 'parked' })) return;
  // An administrator does not wait for a probe that hangs.
  const ok = await Promise.race([probeSucceeds(link), condition(changed)]);
  if (ok && !changed()) link.desired = { enabled: true, version: link.desired.version };
}

async function probeSucceeds({ integrationId }: Link): Promise<boolean> {
  try {
    return (await probeConnection.executeWithOptions({ summary: 'are the credentials good now?' }, [{ integrationId }])).ok;
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    return false;
  }
}

/** Incidents are written before the link moves on, so their order is the order of events. */
async function tellStory(link: Link): Promise<void> {
  for (let chapter = link.story.shift(); chapter; chapter = link.story.shift()) {
    const { enabled, parked } = link.desired;
    await recordConnection.executeWithOptions({ summary: chapter.kind }, [
      { integrationId: link.integrationId, ...chapter, enabled, parked: parked !== undefined },
    ]);
  }
}

function describe(link: Link): void {
  const { desired } = link;
  const state = !desired.enabled ? 'disabled' : desired.parked ? 'parked' : 'held';
  if (state !== link.shown) upsertSearchAttributes([{ key: searchAttributes.state, value: state }]);
  link.shown = state;
  setCurrentDetails(`**${state}** · settings version ${desired.version}${desired.parked ? ` · ${desired.parked}` : ''}`);
}

function refusal(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? (cause.message ?? 'refused') : (rootCause(error) ?? 'refused');
}
