import { parseCommand } from './command';
import type { InboundEvent } from './event';

/** What an event must be for a trigger to take it. An empty list asks for nothing; what asks for nothing at all is the default route. */
export interface RouteMatch {
  /** One of these occurs in the text, in any case; words of alphabets that put blanks between words only as whole words. */
  readonly keywords: readonly string[];
  /** The text begins with one of these, such as `/finance`. */
  readonly commands: readonly string[];
  /** Platform ids; with any given, private chats are not meant. */
  readonly groups: readonly string[];
  /** Platform ids of who speaks. */
  readonly people: readonly string[];
}

/** One published trigger of an integration, as far as routing goes. */
export interface Routed {
  readonly triggerId: string;
  readonly expertId: string;
  /** Lower goes first; the default route goes last whatever it says. */
  readonly order: number;
  readonly match: RouteMatch;
}

type Spoken = Pick<InboundEvent, 'text' | 'sender' | 'address'>;

export const anyMatch: RouteMatch = { keywords: [], commands: [], groups: [], people: [] };
export const defaultOrder = 100;

export const isDefaultRoute = ({ keywords, commands, groups, people }: RouteMatch): boolean =>
  [keywords, commands, groups, people].every((list) => list.length === 0);

/**
 * Who answers: the first route that matches, by order; among equals the one whose keyword is named first. While a session is open its expert goes on,
 * unless that first route is one the person named by a keyword or command. The same whatever the order of `routes`.
 * @param session the expert of the open session
 */
export function chooseRoute<Route extends Routed>(routes: readonly Route[], event: Spoken, session?: string): Route | undefined {
  const matching = routes
    .map((route) => ({ route, place: placeOf(route.match, event) }))
    .flatMap(({ route, place }) => (place === undefined ? [] : [{ route, ...place }]))
    .sort((a, b) => byOrder(a.route, b.route) || a.at - b.at || b.length - a.length || byId(a.route, b.route));
  const first = matching[0]?.route;
  if (session === undefined || first?.expertId === session || (first && isNamed(first.match))) return first;
  const own = routes.filter(({ expertId }) => expertId === session).sort((a, b) => byOrder(a, b) || byId(a, b));
  return own.find(({ match }) => fitsPlace(match, event)) ?? own[0] ?? first;
}

/** Why two routes of one integration cannot stand beside each other; undefined where every event goes to one of them for a reason. */
export function conflictOf(a: Routed, b: Routed): 'twoDefaults' | 'sameOrder' | undefined {
  const [one, other] = [isDefaultRoute(a.match), isDefaultRoute(b.match)];
  if (one && other) return 'twoDefaults';
  if (one || other || a.order !== b.order) return undefined;
  const mayMeet = (name: 'commands' | 'groups' | 'people', fold = (text: string) => text): boolean =>
    a.match[name].length === 0 || b.match[name].length === 0 || share(a.match[name].map(fold), b.match[name].map(fold));
  // Different keywords never conflict: the one named first decides.
  const words = a.match.keywords.length > 0 && b.match.keywords.length > 0;
  const sayTheSame = !words || share(a.match.keywords.map(folded), b.match.keywords.map(folded));
  return sayTheSame && mayMeet('commands', folded) && mayMeet('groups') && mayMeet('people') ? 'sameOrder' : undefined;
}

const share = (a: readonly string[], b: readonly string[]): boolean => a.some((one) => b.includes(one));

/** The person chose it by what they said. */
const isNamed = ({ keywords, commands }: RouteMatch): boolean => keywords.length > 0 || commands.length > 0;

const byOrder = (a: Routed, b: Routed): number =>
  Number(isDefaultRoute(a.match)) - Number(isDefaultRoute(b.match)) || (isDefaultRoute(a.match) ? 0 : a.order - b.order);
const byId = (a: Routed, b: Routed): number => (a.triggerId < b.triggerId ? -1 : a.triggerId > b.triggerId ? 1 : 0);

/** Where its words stand in the text; undefined where the event is not meant. */
function placeOf(match: RouteMatch, event: Spoken): { readonly at: number; readonly length: number } | undefined {
  if (!fitsPlace(match, event)) return undefined;
  const text = folded(parseCommand(event.text)?.rest || event.text);
  if (match.commands.length > 0 && !match.commands.some((command) => text.split(/\s/, 1)[0] === folded(command))) return undefined;
  if (match.keywords.length === 0) return { at: 0, length: 0 };
  const found = match.keywords
    .map((keyword) => ({ at: indexOfWord(text, folded(keyword)), length: keyword.length }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || b.length - a.length);
  return found[0];
}

const fitsPlace = ({ groups, people }: RouteMatch, { address, sender }: Spoken): boolean =>
  (groups.length === 0 || (address.kind === 'group' && groups.includes(address.chatId))) &&
  (people.length === 0 || people.includes(sender.id));

/** Full-width letters and a full-width slash count as the plain ones. */
const folded = (text: string): string => text.normalize('NFKC').toLowerCase().trim();

/** Scripts that put blanks between words: there `hr` does not occur in `three`. */
const SPACED = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_]/u;
const touches = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && SPACED.test(a) && SPACED.test(b);

function indexOfWord(text: string, word: string): number {
  if (word === '') return -1;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    if (!touches(text[at - 1], word[0]) && !touches(word.at(-1), text[end])) return at;
  }
  return -1;
}
