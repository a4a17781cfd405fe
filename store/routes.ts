import type { Knex } from 'knex';
import type { LocalizedText } from '../domain/language';
import { isDefaultRoute, type Routed } from '../domain/routing';
import { completeTrigger, type TriggerSettings } from '../domain/trigger';
import { row } from './database';
import { exactTime } from './scope';

/** What dispatch must know before it can decide; read with every event, never cached. */
export interface Route {
  readonly integrationId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly channel: string;
  readonly mode: string;
  readonly enabled: boolean;
  /** When the integration was saved last, as `integrations.at` takes it. */
  readonly savedAt: string;
  /** These three and `paused` are those of the default route until an event has chosen one. */
  readonly expertId: string | null;
  readonly versionId: string | null;
  readonly settings: TriggerSettings | null;
  /** What a paused expert's questions are told. */
  readonly paused?: LocalizedText | null;
  /** Every published trigger of the integration. */
  readonly routes?: readonly PublishedRoute[];
  /** Who answers in the open sessions of the chats that the event may belong to, the newest first. */
  readonly sessions?: readonly { readonly key: string; readonly expertId: string }[];
  /** The expert of the turn that the event is about. */
  readonly turnExpertId?: string | null;
  /** Whether the integration answers people from outside the company. */
  readonly external?: 'answer' | 'refuse';
  /** An administrator blocked whoever speaks. */
  readonly blocked?: boolean;
}

export interface PublishedRoute extends Routed {
  readonly versionId: string;
  readonly settings: TriggerSettings;
  readonly paused: LocalizedText | null;
}

/** Which chats and which turn an event may be about. */
export interface RouteQuery {
  /** The platform's id of who speaks. */
  readonly personId?: string;
  readonly chatKeys?: readonly string[];
  readonly turnId?: string;
}

/** In one query, with every event. */
export async function findRoute(
  db: Knex,
  integrationId: string,
  { personId = '', chatKeys = [], turnId }: RouteQuery = {},
): Promise<Route | undefined> {
  const found = await row<RouteRow>(db, ROUTE, [personId, turnId ?? null, chatKeys as string[], integrationId]);
  return found && toRoute(found);
}

type RouteRow = Omit<Route, 'routes'> & {
  readonly routes:
    | readonly (Omit<PublishedRoute, 'order' | 'match' | 'settings'> & { readonly settings: Partial<TriggerSettings> })[]
    | null;
};

function toRoute({ routes: stored, ...found }: RouteRow): Route {
  const routes = (stored ?? []).map((one): PublishedRoute => {
    const settings = completeTrigger(one.settings);
    return { ...one, settings, order: settings.order, match: settings.match };
  });
  const first = routes.find(({ match }) => isDefaultRoute(match)) ?? routes[0];
  const { expertId = null, versionId = null, settings = null, paused = null } = first ?? {};
  return { ...found, sessions: found.sessions ?? [], routes, ...{ expertId, versionId, settings, paused } };
}

const ROUTE = `
SELECT i.id AS "integrationId", i.tenant_id AS "tenantId", i.organization_id AS "organizationId", i.channel, i.mode, i.enabled, ${exactTime('i.updated_at')} AS "savedAt",
       COALESCE(i.people->>'external', 'refuse') AS external,
       EXISTS (SELECT 1 FROM people p LEFT JOIN directory_users u ON u.id = p.user_id
               WHERE p.integration_id = i.id AND p.platform_id = ? AND (p.blocked_at IS NOT NULL OR u.blocked_at IS NOT NULL)) AS blocked,
       (SELECT json_agg(json_build_object('triggerId', t.trigger_id, 'expertId', t.expert_id, 'versionId', t.version_id, 'settings', t.settings,
                                          'paused', x.paused->'notice'))
        FROM published_triggers t JOIN experts x ON x.id = t.expert_id WHERE t.integration_id = i.id) AS routes,
       (SELECT v.expert_id FROM turns u JOIN expert_versions v ON v.id = u.version_id WHERE u.id = ? AND u.integration_id = i.id) AS "turnExpertId",
       (SELECT json_agg(json_build_object('key', c.key, 'expertId', c.expert_id) ORDER BY c.routed_at DESC)
        FROM chats c LEFT JOIN LATERAL (SELECT started_at, ended_at FROM conversations s WHERE s.chat_id = c.id ORDER BY started_at DESC LIMIT 1) s ON true
        WHERE c.integration_id = i.id AND c.key = ANY(?) AND c.expert_id IS NOT NULL AND CASE WHEN s.started_at >= c.routed_at OR c.routed_at < now() - interval '1 hour'
              THEN s.ended_at IS NULL AND s.started_at IS NOT NULL ELSE true END) AS sessions
FROM integrations i WHERE i.id = ? AND i.deleted_at IS NULL`;
