import { randomBytes } from 'node:crypto';
import { addToCard, batch, changeElement, changeSettings, newCard, operate, replaceCard, setContent } from './cardkit';
import { resource, upload } from './files';
import { getMessage, listMessages, own, patchMessage, react, replyTo, sendMessage } from './messages';
import type { Sockets } from './sockets';
import { type Json, parseJson, Refused, type StoredFile, type World } from './world';

/** What came with a call besides its JSON. */
export interface Raw {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly query: URLSearchParams;
}

interface Found {
  readonly api: string;
  readonly cardId?: string;
  readonly run: (body: Json, appId: string, raw: Raw) => Json | Promise<Json>;
  /** The body is a form, not JSON. */
  readonly form?: boolean;
  /** Answers with a file instead. */
  readonly file?: (query: URLSearchParams) => StoredFile;
}

type Route = readonly [method: string, path: RegExp, find: (world: World, ids: readonly string[], method: string) => Found];

const ROUTES: readonly Route[] = [
  [
    'GET',
    /^\/bot\/v3\/info$/,
    (world) => ({ api: 'bot.info', run: () => ({ bot: { activate_status: 2, app_name: 'Parley', open_id: world.botOpenId } }) }),
  ],
  ['POST', /^\/im\/v1\/messages$/, (world) => ({ api: 'message.send', run: (body, app) => ({ data: sendMessage(world, app, body) }) })],
  [
    'POST',
    /^\/im\/v1\/messages\/([^/]+)\/reply$/,
    (world, [id]) => ({ api: 'message.reply', run: (body, app) => ({ data: replyTo(world, app, id!, body) }) }),
  ],
  [
    'PATCH',
    /^\/im\/v1\/messages\/([^/]+)$/,
    (world, [id]) => ({ api: 'message.patch', run: (body) => ({ data: patchMessage(world, id!, body) }) }),
  ],
  ['GET', /^\/im\/v1\/messages\/([^/]+)$/, (world, [id]) => ({ api: 'message.get', run: () => ({ data: getMessage(world, id!) }) })],
  ['GET', /^\/im\/v1\/messages$/, (world) => ({ api: 'message.list', run: (_, __, { query }) => ({ data: listMessages(world, query) }) })],
  [
    'GET',
    /^\/im\/v1\/messages\/([^/]+)\/resources\/([^/]+)$/,
    (world, [id, key]) => ({ api: 'file.get', run: () => ({}), file: (query) => resource(world, id!, key!, query.get('type')) }),
  ],
  [
    'POST',
    /^\/im\/v1\/messages\/([^/]+)\/reactions$/,
    (world, [id]) => ({ api: 'reaction.create', run: (body) => ({ data: react(world, id!, body) }) }),
  ],
  [
    'GET',
    /^\/contact\/v3\/users\/([^/]+)$/,
    (world, [id]) => ({
      api: 'user.get',
      run: () => ({ data: { user: { ...world.people.get(id!), open_id: id, union_id: `on_${id}` } } }),
    }),
  ],
  ['POST', /^\/im\/v1\/images$/, (world) => uploading('image', world)],
  ['POST', /^\/im\/v1\/files$/, (world) => uploading('file', world)],
  ['DELETE', /^\/im\/v1\/messages\/([^/]+)$/, (world, [id]) => ({ api: 'message.delete', run: () => removed(world, id!) })],
  ['GET', /^\/im\/v1\/chats\/([^/]+)$/, (world, [id]) => ({ api: 'chat.get', run: () => ({ data: chat(world, id!) }) })],
  [
    'POST',
    /^\/cardkit\/v1\/cards$/,
    (world) => ({ api: 'card.create', run: (body, app) => ({ data: { card_id: newCard(world, app, parseJson(body.data, 200220)).id } }) }),
  ],
  ['PUT', /^\/cardkit\/v1\/cards\/([^/]+)$/, (world, [id]) => onCard('card.update', world, id!, replaceCard)],
  ['PATCH', /^\/cardkit\/v1\/cards\/([^/]+)\/settings$/, (world, [id]) => onCard('card.settings', world, id!, changeSettings)],
  ['POST', /^\/cardkit\/v1\/cards\/([^/]+)\/batch_update$/, (world, [id]) => onCard('card.batch', world, id!, batch)],
  [
    'PUT',
    /^\/cardkit\/v1\/cards\/([^/]+)\/elements\/([^/]+)\/content$/,
    (world, [id, element]) => onCard('card.content', world, id!, setContent(world, element!)),
  ],
  ['POST', /^\/cardkit\/v1\/cards\/([^/]+)\/elements$/, (world, [id]) => onCard('card.element', world, id!, addToCard)],
  [
    'PUT|PATCH|DELETE',
    /^\/cardkit\/v1\/cards\/([^/]+)\/elements\/([^/]+)$/,
    (world, [id, element], method) => onCard('card.element', world, id!, changeElement(element!, method)),
  ],
];

const uploading = (kind: 'image' | 'file', world: World): Found => ({
  api: `${kind}.upload`,
  form: true,
  run: async (_, __, { bytes, contentType }) => ({ data: await upload(world, kind, contentType, bytes) }),
});

const onCard = (api: string, world: World, cardId: string, operation: Parameters<typeof operate>[4]): Found => ({
  api,
  cardId,
  run: (body, appId) => ({ data: operate(world, appId, cardId, body, operation) }),
});

function removed(world: World, id: string): Json {
  own(world, id).recalled = true;
  return {};
}

const chat = (world: World, id: string): Json => {
  if (world.withoutBot.has(id)) throw new Refused(232009);
  const [owner = 'ou_owner', ...managers] = world.owners.get(id) ?? [];
  return { name: 'chat', chat_mode: 'group', owner_id: owner, user_manager_id_list: managers };
};

/** As the tenant granted them, 1, or did not, 2. */
const scopesOf = ({ options }: World): readonly Json[] =>
  ['im:message', 'cardkit:card:write'].map((name) => ({ scope_name: name, grant_status: options.scopes.includes(name) ? 1 : 2 }));

export interface Open extends Found {
  /** Discovery and log-in need no token and answer as they like. */
  readonly raw?: (body: Json) => { readonly status: number; readonly body: unknown };
}

/** What a path means. */
export function find(world: World, method: string, path: string, baseUrl: string, sockets: Sockets): Open {
  if (path === '/callback/ws/endpoint') return { api: 'connect', run: () => ({}), raw: (body) => sockets.discover(baseUrl, body) };
  if (path === '/open-apis/auth/v3/tenant_access_token/internal')
    return { api: 'token', run: () => ({}), raw: (body) => login(world, body) };
  if (path === '/open-apis/application/v6/scopes') return { api: 'scopes', run: () => ({ data: { scopes: scopesOf(world) } }) };
  if (path === '/open-apis/event/v1/connection')
    return { api: 'connection.count', run: () => ({ data: { online_instance_cnt: sockets.open() } }) };
  for (const [methods, pattern, make] of ROUTES) {
    const match = pattern.exec(path.replace('/open-apis', ''));
    if (match && methods.split('|').includes(method)) return make(world, match.slice(1).map(decodeURIComponent), method);
  }
  return {
    api: 'unknown',
    run: () => {
      throw new Refused(-1, 404);
    },
  };
}

function login(world: World, { app_id: appId, app_secret: secret }: Json): { readonly status: number; readonly body: unknown } {
  if (typeof appId !== 'string' || !world.apps.has(appId)) return { status: 200, body: { code: 10003, msg: 'invalid param' } };
  if (world.apps.get(appId) !== secret) return { status: 200, body: { code: 10014, msg: 'app secret invalid' } };
  const token = `t-${randomBytes(16).toString('hex')}`;
  world.tokens.set(token, { appId, until: Date.now() + world.options.tokenSeconds * 1000 });
  return { status: 200, body: { code: 0, msg: 'ok', tenant_access_token: token, expire: world.options.tokenSeconds } };
}
