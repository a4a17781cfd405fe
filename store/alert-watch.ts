import type { Knex } from 'knex';

/** What counts as trouble and as its end; durations in milliseconds. */
export interface Watching {
  /** `channel/mode` of links that no proof keeps fresh: they are called, or local. */
  readonly unproven: readonly string[];
  readonly unendedAfterMs: number;
  /** A link must stand so long before it counts as recovered. */
  readonly steadyMs: number;
}

/** Opens an incident for every trouble that has none, and ends those that are over; each with its message. */
export async function watchAlerts(db: Knex, { unproven, unendedAfterMs, steadyMs }: Watching): Promise<void> {
  await db.raw(RAISE, [unproven as string[], unendedAfterMs]);
  await db.raw(END, [unproven as string[], steadyMs, unendedAfterMs]);
}

/** A link that is lost remembers since when; one whose process died does not, but its last proof tells. */
const LINKS = `
link AS (
  SELECT i.id, i.organization_id, i.name, c.parked, c.last_error->>'message' AS reason, c.since AS stands_since,
         c.state = 'connected' AND c.proven_at IS NOT NULL AND (i.channel || '/' || i.mode = ANY(?) OR c.proven_at > now() - interval '10 seconds') AS up,
         COALESCE(c.lost_at, CASE WHEN c.state = 'connected' THEN c.proven_at END, c.since) AS down_since
  FROM integrations i JOIN connections c ON c.integration_id = i.id WHERE i.deleted_at IS NULL AND i.enabled AND c.state <> 'disabled')`;

/** Answers that tell whether the expert works: what was refused before it was asked does not. */
const HEARD = `(t.state = 'done' OR (t.state = 'failed' AND NOT EXISTS (
  SELECT 1 FROM failures f WHERE f.reference = t.reference AND f.code ~ '^(person_|spending_limit)')))`;

const UNENDED = `
SELECT organization_id, min(received_at) AS since FROM events
WHERE "end" IS NULL AND received_at < now() - ? * interval '1 millisecond' AND (orphaned_at IS NOT NULL OR delivered_at IS NULL) GROUP BY organization_id`;

const RAISE = `
WITH ${LINKS}, rule AS (SELECT * FROM alerts WHERE enabled),
trouble AS (
  SELECT a.*, 'integration_parked' AS kind, l.id AS subject_id, l.name AS subject_name, l.reason, l.stands_since AS since
  FROM rule a JOIN link l USING (organization_id) WHERE l.parked
  UNION ALL
  SELECT a.*, 'integration_down', l.id, l.name, l.reason, l.down_since FROM rule a JOIN link l USING (organization_id)
  WHERE NOT l.parked AND NOT l.up AND l.down_since < now() - a.down_after_seconds * interval '1 second'
    AND NOT EXISTS (SELECT 1 FROM alert_incidents n WHERE n.alert_id = a.id AND n.subject_id = l.id AND n.kind = 'integration_parked' AND n.ended_at IS NULL)
  UNION ALL
  SELECT a.*, 'events_unended', o.id, o.name, NULL, u.since FROM rule a JOIN organizations o ON o.id = a.organization_id JOIN (${UNENDED}) u USING (organization_id)
  UNION ALL
  SELECT a.*, 'expert_failing', x.id, x.name, NULL, f.since FROM rule a
  JOIN experts x ON x.organization_id = a.organization_id AND x.deleted_at IS NULL AND x.published_version IS NOT NULL
  CROSS JOIN LATERAL (
    SELECT count(*) AS times, bool_and(last.state = 'failed') AS failed, min(last.ended_at) AS since, max(last.ended_at) AS latest FROM (
      SELECT t.state, t.ended_at FROM turns t WHERE t.expert_id = x.id AND t.ended_at IS NOT NULL AND ${HEARD}
      ORDER BY t.ended_at DESC LIMIT a.failures_in_row) last) f
  WHERE f.times = a.failures_in_row AND f.failed AND f.latest > now() - interval '1 day'
  UNION ALL
  SELECT a.*, CASE s.level WHEN 100 THEN 'spending_reached' ELSE 'spending_near' END, s.id, s.name, s.level_used || ' / ' || s.amount || ' ' || s.measure, s.level_since
  FROM rule a JOIN spending_limits s USING (organization_id) WHERE s.enabled AND s.level >= 80 AND s.level_until > now()),
opened AS (
  INSERT INTO alert_incidents (id, tenant_id, organization_id, alert_id, kind, subject_id, subject_name, reason, since)
  SELECT gen_random_uuid(), tenant_id, organization_id, id, kind, subject_id, subject_name, reason, since FROM trouble WHERE kind = ANY(kinds)
  ON CONFLICT (alert_id, kind, subject_id) WHERE ended_at IS NULL DO NOTHING RETURNING *)
INSERT INTO alert_deliveries (id, tenant_id, organization_id, alert_id, incident_id, phase)
SELECT gen_random_uuid(), tenant_id, organization_id, alert_id, id, 'raised' FROM opened`;

const END = `
WITH ${LINKS}, over AS (
  SELECT n.id, CASE
    WHEN NOT a.enabled OR n.kind <> ALL(a.kinds) THEN 'unwatched'
    WHEN n.kind IN ('integration_parked', 'integration_down') THEN CASE
      WHEN NOT EXISTS (SELECT 1 FROM integrations i WHERE i.id = n.subject_id AND i.deleted_at IS NULL) THEN 'deleted'
      WHEN NOT EXISTS (SELECT 1 FROM link l WHERE l.id = n.subject_id) THEN 'disabled'
      WHEN EXISTS (SELECT 1 FROM link l WHERE l.id = n.subject_id AND l.up AND NOT l.parked AND l.stands_since < now() - ? * interval '1 millisecond') THEN 'recovered' END
    WHEN n.kind = 'events_unended' AND n.subject_id NOT IN (SELECT organization_id FROM (${UNENDED}) u) THEN 'recovered'
    WHEN n.kind IN ('spending_near', 'spending_reached') THEN CASE
      WHEN NOT EXISTS (SELECT 1 FROM spending_limits s WHERE s.id = n.subject_id) THEN 'deleted'
      WHEN NOT EXISTS (SELECT 1 FROM spending_limits s WHERE s.id = n.subject_id AND s.enabled) THEN 'disabled'
      WHEN NOT EXISTS (SELECT 1 FROM spending_limits s WHERE s.id = n.subject_id AND s.level_until > now()
        AND s.level >= CASE n.kind WHEN 'spending_near' THEN 80 ELSE 100 END) THEN 'recovered' END
    WHEN n.kind = 'expert_failing' THEN CASE
      WHEN NOT EXISTS (SELECT 1 FROM experts x WHERE x.id = n.subject_id AND x.deleted_at IS NULL AND x.published_version IS NOT NULL) THEN 'deleted'
      WHEN (SELECT t.state FROM turns t WHERE t.expert_id = n.subject_id AND t.ended_at IS NOT NULL AND ${HEARD} ORDER BY t.ended_at DESC LIMIT 1) = 'done' THEN 'recovered' END
  END AS how FROM alert_incidents n JOIN alerts a ON a.id = n.alert_id WHERE n.ended_at IS NULL),
ended AS (
  UPDATE alert_incidents n SET ended_at = now(), ended_by = over.how FROM over WHERE over.id = n.id AND over.how IS NOT NULL AND n.ended_at IS NULL RETURNING n.*)
INSERT INTO alert_deliveries (id, tenant_id, organization_id, alert_id, incident_id, phase)
SELECT gen_random_uuid(), tenant_id, organization_id, alert_id, id, 'recovered' FROM ended WHERE ended_by <> 'unwatched'`;
