import type { CardFrame } from './face';
import { type Card, type Json, newId, parseJson, Refused, type World } from './world';

const MOST_BYTES = 30 * 1024;
const MOST_ELEMENTS = 200;
/** What the field reports; Lark documents no number. */
const MOST_TABLES = 5;
/** Those of the elements that the cards of these tests need; the platform knows more, but refuses what it does not know. */
const TAGS = ['markdown', 'div', 'plain_text', 'button', 'select_static', 'column_set', 'column', 'collapsible_panel', 'hr'];
/** Cards nest five containers deep. */
const MOST_NESTED = 5;

/** Every element of a card, nested ones included. */
export function elementsOf(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(elementsOf);
  if (value === null || typeof value !== 'object') return [];
  const json = value as Json;
  return [...(typeof json.tag === 'string' ? [json] : []), ...Object.values(json).flatMap(elementsOf)];
}

const find = (card: Json, elementId: string): Json | undefined => elementsOf(card.body).find(({ element_id: id }) => id === elementId);
export const contentOf = (card: Json, elementId: string): string => String(find(card, elementId)?.content ?? '');
export const buttonsOf = (card: Json): Json[] => elementsOf(card.body).filter(({ tag }) => tag === 'button' || tag === 'select_static');
export const actionsOf = (card: Json): string[] => buttonsOf(card).map((button) => String(buttonValue(button)?.action));

export function buttonValue(button: Json | undefined): Json | undefined {
  const [behavior] = (button?.behaviors ?? []) as readonly Json[];
  return behavior?.value as Json | undefined;
}

/** Checks a card as CardKit does. */
export function checked(json: Json): Json {
  if (json.schema !== '2.0' || !Array.isArray((json.body as Json | undefined)?.elements)) throw new Refused(300303);
  if (Buffer.byteLength(JSON.stringify(json)) > MOST_BYTES) throw new Refused(200860);
  const elements = elementsOf(json.body);
  if (elements.length > MOST_ELEMENTS) throw new Refused(300305);
  if (elements.some(({ tag }) => !TAGS.includes(String(tag)))) throw new Refused(300303);
  if (depthOf(json.body) > MOST_NESTED) throw new Refused(300303);
  const ids = elements.flatMap(({ element_id: id }) => (id === undefined ? [] : [String(id)]));
  if (new Set(ids).size < ids.length) throw new Refused(300301);
  if (ids.some((id) => !/^[a-zA-Z]\w{0,19}$/.test(id))) throw new Refused(300303);
  if ((json.config as Json | undefined)?.update_multi === false) throw new Refused(300302);
  const tables = elements
    .filter(({ tag }) => tag === 'markdown')
    .map(({ content }) => String(content).match(/^\s*\|?\s*:?-{3,}:?\s*\|[\s:|-]*$/gm)?.length ?? 0);
  if (tables.reduce((sum, count) => sum + count, 0) > MOST_TABLES) throw new Refused(230099);
  return json;
}

/** How many containers stand in one another. */
function depthOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  const json = value as Json;
  const inside = Math.max(0, ...Object.values(json).map(depthOf));
  return inside + (Array.isArray(json.elements) && typeof json.tag === 'string' ? 1 : 0);
}

const streamingMode = (json: Json): boolean => (json.config as Json | undefined)?.streaming_mode === true;

export function newCard(world: World, appId: string, json: Json): Card {
  const card: Card = {
    id: newId('7'),
    appId,
    json: checked(json),
    sequence: 0,
    streaming: streamingMode(json),
    streamingSince: Date.now(),
    uuids: new Set(),
    frames: [],
  };
  world.cards.set(card.id, card);
  record(card, 'create');
  return card;
}

export const isStreaming = (world: World, card: Card): boolean =>
  card.streaming && Date.now() - card.streamingSince < world.options.streamingCapMs;

export function record(card: Card, kind: CardFrame['kind']): void {
  const turnId = buttonsOf(card.json).map(buttonValue).find(Boolean)?.turnId;
  if (typeof turnId === 'string') card.turnId = turnId;
  card.frames.push({
    at: Date.now(),
    kind,
    sequence: card.sequence,
    text: contentOf(card.json, 'answer'),
    status: contentOf(card.json, 'status'),
  });
}

interface Operation {
  readonly kind: CardFrame['kind'];
  readonly apply: (card: Card, body: Json) => void;
}

/** Runs one operation in order: known card, own card, rising sequence, then the change. */
export function operate(world: World, appId: string, cardId: string, body: Json, { kind, apply }: Operation): Json {
  const card = world.cards.get(cardId);
  if (!card) throw new Refused(200740);
  if (card.appId !== appId) throw new Refused(300311);
  const uuid = typeof body.uuid === 'string' ? body.uuid : undefined;
  if (uuid && card.uuids.has(uuid)) return {};
  const sequence = Number(body.sequence);
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > 2_147_483_647) throw new Refused(10002);
  if (sequence <= card.sequence) throw new Refused(300317);
  apply(card, body);
  card.sequence = sequence;
  if (uuid) card.uuids.add(uuid);
  record(card, kind);
  return {};
}

function setStreaming(card: Card, on: boolean): void {
  card.streaming = on;
  card.streamingSince = Date.now();
}

const changed = (card: Card, change: (json: Json) => void): void => {
  const json = structuredClone(card.json);
  change(json);
  card.json = checked(json);
};

export const setContent = (world: World, elementId: string): Operation => ({
  kind: 'content',
  apply: (card, body) => {
    const { content } = body;
    if (typeof content !== 'string' || content.length < 1 || content.length > 100_000) throw new Refused(10002);
    if (!card.streaming) throw new Refused(300309);
    if (!isStreaming(world, card)) throw new Refused(200850);
    changed(card, (json) => {
      const element = find(json, elementId);
      if (!element) throw new Refused(300313);
      if (element.tag !== 'markdown' && element.tag !== 'plain_text') throw new Refused(300310);
      element.content = content;
    });
  },
});

export const replaceCard: Operation = {
  kind: 'update',
  apply: (card, body) => {
    const json = parseJson((body.card as Json | undefined)?.data, 200220);
    card.json = checked(json);
    setStreaming(card, streamingMode(json));
  },
};

const mergeSettings = (card: Card, settings: Json): void => {
  const config = (settings.config ?? {}) as Json;
  changed(card, (json) => {
    json.config = { ...(json.config as Json), ...config };
  });
  if (typeof config.streaming_mode === 'boolean') setStreaming(card, config.streaming_mode);
};

export const changeSettings: Operation = { kind: 'settings', apply: (card, body) => mergeSettings(card, parseJson(body.settings, 10002)) };

/** Replaces what `change` answers for the element: other elements, or none. */
function replaceElement(json: Json, elementId: string, change: (element: Json) => readonly Json[]): void {
  let found = false;
  const walk = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    if (!Array.isArray(value)) for (const each of Object.values(value)) walk(each);
    else
      for (let index = value.length - 1; index >= 0; index--) {
        const element = value[index] as Json;
        if (element?.element_id === elementId) {
          found = true;
          value.splice(index, 1, ...change(element));
        } else walk(element);
      }
  };
  walk(json.body);
  if (!found) throw new Refused(300313);
}

const asJson = (value: unknown): Json => (typeof value === 'string' ? parseJson(value, 10002) : (value as Json));

export const changeElement = (elementId: string, method: string): Operation => ({
  kind: 'element',
  apply: (card, body) =>
    changed(card, (json) =>
      replaceElement(json, elementId, (element) => {
        if (method === 'DELETE') return [];
        return [method === 'PUT' ? asJson(body.element) : { ...element, ...asJson(body.partial_element) }];
      }),
    ),
});

function addElements(json: Json, params: Json): void {
  const elements = (Array.isArray(params.elements) ? params.elements : (JSON.parse(String(params.elements)) as Json[])) as Json[];
  const target = params.target_element_id;
  if (params.type === 'append' || typeof target !== 'string') ((json.body as Json).elements as Json[]).push(...elements);
  else replaceElement(json, target, (element) => (params.type === 'insert_before' ? [...elements, element] : [element, ...elements]));
}

export const addToCard: Operation = { kind: 'element', apply: (card, body) => changed(card, (json) => addElements(json, body)) };

const act = (card: Card, action: string, params: Json): void => {
  if (action === 'partial_update_setting') mergeSettings(card, asJson(params.settings));
  else changed(card, (json) => edit(json, action, params));
};

function edit(json: Json, action: string, params: Json): void {
  const elementId = String(params.element_id);
  if (action === 'add_elements') addElements(json, params);
  else if (action === 'delete_elements') for (const id of params.element_ids as string[]) replaceElement(json, id, () => []);
  else if (action === 'update_element') replaceElement(json, elementId, () => [asJson(params.element)]);
  else if (action === 'partial_update_element') replaceElement(json, elementId, (old) => [{ ...old, ...asJson(params.partial_element) }]);
  else throw new Refused(10002);
}

/** All of its actions, or none. */
export const batch: Operation = {
  kind: 'batch',
  apply: (card, body) => {
    const actions = parseJson(body.actions, 10002) as unknown as readonly { action: string; params: Json }[];
    const before = card.json;
    try {
      for (const { action, params } of actions) act(card, action, params);
    } catch (error) {
      card.json = before;
      throw error;
    }
  },
};
