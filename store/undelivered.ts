import type { Knex } from 'knex';
import type { Heard } from '../domain/conversation';
import type { Address } from '../domain/event';
import type { Refused } from '../domain/refusal';
import type { TriggerSettings } from '../domain/trigger';
import { rows } from './database';
import type { Accepted, NewEvent } from './new-event';
import type { Route } from './routes';

/** One chat's undelivered events as the signal carries them. */
export interface Undelivered {
  readonly chatId: string;
  readonly route: Pick<Route, 'integrationId' | 'tenantId' | 'organizationId' | 'channel' | 'mode' | 'expertId'>;
  readonly heard: readonly Heard[];
  /** Earlier events of the chat were delivered and have no end: its run owes them one, if it has an open run. */
  readonly isBehind: boolean;
}

/** The part of the ledger that has not reached its conversations. */
export const undelivered = (db: Knex) => ({
  /** The oldest undelivered events of a chat, at most `limit`, oldest first. */
  async undelivered(chatId: string, limit: number): Promise<Undelivered | undefined> {
    const found = await rows<UndeliveredRow>(db, UNDELIVERED, [chatId, limit]);
    const first = found[0];
    if (!first) return undefined;
    const { integrationId, tenantId, organizationId, channel, mode, expertId, isBehind } = first;
    return { chatId, route: { integrationId, tenantId, organizationId, channel, mode, expertId }, heard: found.map(toHeard), isBehind };
  },

  /** Gives back what was delivered before the event of this number and has no end. For a chat without an open run. Resolves how many events those are. */
  async orphanBefore(chatId: string, number: number): Promise<number> {
    const orphans = await rows(
      db,
      `UPDATE events SET delivered_at = NULL, orphaned_at = COALESCE(orphaned_at, now())
       WHERE chat_id = ? AND number < ? AND "end" IS NULL AND delivered_at IS NOT NULL RETURNING id`,
      [chatId, number],
    );
    return orphans.length;
  },

  async markDelivered(ids: readonly string[]): Promise<void> {
    await db.raw('UPDATE events SET delivered_at = now() WHERE id = ANY(?) AND delivered_at IS NULL', [ids as string[]]);
  },

  /** Chats with events older than `olderThanMs` that no process has delivered; each is leased so that two relays take different ones. */
  async leaseUndelivered(olderThanMs: number, leaseMs: number, limit: number): Promise<readonly string[]> {
    const leased = await rows<{ id: string }>(db, LEASE, [olderThanMs, leaseMs, limit]);
    return leased.map(({ id }) => id);
  },

  release: async (chatId: string): Promise<void> => void (await db.raw('UPDATE chats SET relay_until = NULL WHERE id = ?', [chatId])),
});

/** The same of an event that was just written and is alone in its chat, without reading it again. */
export function undeliveredOf({ route, event, ...rest }: NewEvent, { id, number, chatId, personId }: Accepted): Undelivered {
  const { command, action, notice = null, asks = false, renews = false, target } = { ...rest, action: event.action };
  const heard = toHeard({
    ...{ id, number, personId, kind: rest.kind as Heard['kind'], notice, asks, renews, again: false, versionId: route.versionId as string },
    ...{ settings: route.settings as TriggerSettings, address: event.address, sentAt: new Date(event.at) },
    ...(command && { command }),
    ...(action && { action }),
    ...(target !== undefined && { target }),
  });
  return { chatId, route, heard: [heard], isBehind: false };
}

interface Told extends Omit<Heard, 'timings' | 'shared' | 'at' | 'again' | 'renews'> {
  readonly renews: boolean;
  readonly notice: Refused | null;
  readonly again: boolean;
  readonly settings: TriggerSettings;
  readonly address: Address;
  readonly sentAt: Date;
}

interface UndeliveredRow extends Told {
  readonly integrationId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly channel: string;
  readonly mode: string;
  readonly expertId: string | null;
  readonly isBehind: boolean;
}

function toHeard(found: Told): Heard {
  const { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax } = found.settings;
  return {
    id: found.id,
    number: found.number,
    ...(found.notice ? { kind: 'command', command: found.notice } : { kind: found.kind, ...(found.command && { command: found.command }) }),
    ...(found.asks && { asks: true }),
    ...(found.action && { action: found.action }),
    at: found.sentAt.getTime(),
    personId: found.personId,
    shared: found.address.kind === 'group' && found.settings.groups.conversation !== 'member',
    versionId: found.versionId,
    timings: { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax },
    // `/new` by a button is no instruction about one session: it ends the present one, as the words would.
    ...(found.target && !(found.kind === 'command' && found.action) && { target: found.target }),
    ...(found.turnId && (found.kind === 'message' || found.asks) && { turnId: found.turnId }),
    ...(found.again && { again: true }),
    ...(found.renews && { renews: true }),
  };
}

const UNDELIVERED = `
SELECT e.id, e.number, e.kind, e.command, e.notice, e.asks, e.action, e.target, e.person_id AS "personId", e.version_id AS "versionId", e.turn_id AS "turnId",
       e.orphaned_at IS NOT NULL AS again, e.renews, e.settings, e.address, e.sent_at AS "sentAt", e.integration_id AS "integrationId", e.tenant_id AS "tenantId", e.organization_id AS "organizationId",
       e.expert_id AS "expertId", i.channel, i.mode,
       EXISTS (SELECT 1 FROM events o WHERE o.chat_id = e.chat_id AND o."end" IS NULL AND o.delivered_at IS NOT NULL AND o.number < e.number) AS "isBehind"
FROM events e JOIN integrations i ON i.id = e.integration_id
WHERE e.chat_id = ? AND e.delivered_at IS NULL AND e."end" IS NULL ORDER BY e.number LIMIT ?`;

const LEASE = `
UPDATE chats SET relay_until = now() + lease.ms * interval '1 millisecond'
FROM (SELECT c.id, settings.ms FROM chats c,
        (SELECT chat_id, min(number) AS first FROM events
         WHERE delivered_at IS NULL AND "end" IS NULL AND received_at < now() - ?::int * interval '1 millisecond' GROUP BY chat_id) waiting,
        (SELECT ?::int AS ms) settings
      WHERE c.id = waiting.chat_id AND (c.relay_until IS NULL OR c.relay_until < now())
      ORDER BY waiting.first LIMIT ? FOR UPDATE OF c SKIP LOCKED) lease
WHERE chats.id = lease.id RETURNING chats.id`;
