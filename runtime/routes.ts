import { parseCommand } from '../domain/command';
import type { InboundEvent } from '../domain/event';
import { chooseRoute } from '../domain/routing';
import { possibleChatKeys } from '../domain/trigger';
import type { NewEvent } from '../store/new-event';
import type { Route, RouteQuery } from '../store/routes';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What the route of an event depends on, beside its integration. */
export const routeQueryOf = (event: InboundEvent): RouteQuery => ({
  personId: event.sender.id,
  chatKeys: possibleChatKeys(event),
  ...(event.kind === 'action' && event.target && UUID.test(event.target) && { turnId: event.target }),
});

/** Who answers an event, with which settings. What is about a turn stays with that turn's expert; `/new` with a question leaves the session's. */
export function routed(found: Route, event: InboundEvent): Route {
  const { routes = [], sessions = [], turnExpertId } = found;
  const command = event.kind === 'message' ? parseCommand(event.text) : undefined;
  const open = sessions.find(({ expertId }) => routes.some((one) => one.expertId === expertId))?.expertId;
  const session = command?.rest ? undefined : open;
  const chosen = turnExpertId
    ? chooseRoute(routes, { ...event, text: '' }, turnExpertId)
    : chooseRoute(routes, command?.rest === '' ? { ...event, text: '' } : event, session);
  const { expertId = null, versionId = null, settings = null, paused = null } = chosen ?? {};
  return { ...found, expertId, versionId, settings, paused };
}

/** How an accepted question stands to the session that is open in its chat. */
export function standing({ expertId, sessions = [] }: Route, chatKey: string): Pick<NewEvent, 'renews' | 'goesOn'> {
  const open = sessions.find(({ key }) => key === chatKey);
  if (!open || expertId === null) return {};
  return open.expertId === expertId ? { goesOn: true } : { renews: true };
}
