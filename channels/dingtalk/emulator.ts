import { createFaults } from '../../tests/support/faults';
import { closeServer, listenOnLoopback } from '../../tests/support/loopback';
import { shownCard } from './emulator/cards';
import { AES_KEY, actionPayload, cardCall, eventCall, messagePayload, ROUTE_KEY, robotCall, TOKEN } from './emulator/events';
import type { DingTalkEmulator, DingTalkEmulatorOptions, Fault, ShownCard, ShownReply } from './emulator/face';
import { createHttp } from './emulator/server';
import { createSockets } from './emulator/sockets';
import { createWorld, newId } from './emulator/world';

export type * from './emulator/face';

const ROBOT_TOPIC = '/v1.0/im/bot/messages/get';
const CARD_TOPIC = '/v1.0/card/instances/callback';

/** Starts a DingTalk of one's own on loopback: tickets, sockets with real frames, tokens, cards, messages and files, with faults on demand. */
export async function startDingTalkEmulator(options: DingTalkEmulatorOptions = {}): Promise<DingTalkEmulator> {
  const world = createWorld(options);
  const sockets = createSockets(world);
  const faults = createFaults<Fault>();
  const server = createHttp(world, sockets, faults);
  const url = `http://${await listenOnLoopback(server, options.port)}`;
  world.url = url;
  const { clientId, clientSecret } = world.options;
  const config = { clientId, clientSecret, apiBase: url, oapiBase: url };
  const cards = (chatId?: string): readonly ShownCard[] =>
    [...world.cards.values()].filter((card) => !chatId || card.chatId === chatId).map(shownCard);

  return {
    url,
    config,
    webhookConfig: { ...config, corpId: world.corpId, token: TOKEN, aesKey: AES_KEY, callbackRouteKey: ROUTE_KEY },
    say: (said) => {
      const { messageId, event } = messagePayload(world, said);
      sockets.push(ROBOT_TOPIC, event, { eventId: messageId, redeliver: said.redeliver ?? true });
      return messageId;
    },
    press: (pressed) => sockets.push(CARD_TOPIC, actionPayload(world, pressed), { redeliver: false }),
    push: (topic, payload, how = {}) => sockets.push(topic, payload, how),
    pushRaw: sockets.pushRaw,
    events: { message: (said) => messagePayload(world, said), action: (pressed) => actionPayload(world, pressed) },
    webhookBody: (event, now = Date.now()) => robotCall(world, event, now),
    cardBody: (event, now = Date.now()) => cardCall(event, now),
    eventBody: (event, now = Date.now(), owner) => eventCall(world, event, now, owner),
    sendTo: sockets.sendTo,
    cards,
    replies: (chatId) => replies(cards(chatId)),
    messages: (chatId) => world.messages.filter((message) => !chatId || message.chatId === chatId),
    reactions: () => [...world.reactions],
    setPerson: (userId, user) => void world.people.set(userId, user),
    putFile: (bytes, mime = 'application/octet-stream') => {
      const code = newId('code');
      world.files.set(code, { bytes, mime });
      return code;
    },
    uploads: () => [...world.uploads],
    calls: (api) => (api ? world.calls.filter((call) => call.api === api) : [...world.calls]),
    violations: () => [...world.violations],
    deliveries: sockets.deliveries,
    connections: sockets.open,
    logins: () => [...sockets.logins],
    handshakes: sockets.handshakes,
    fault: faults.add,
    clearFaults: faults.clear,
    goSilent: sockets.goSilent,
    dropSockets: sockets.drop,
    announceDisconnect: sockets.announceDisconnect,
    refuseConnections: sockets.refuse,
    refuseHandshakes: sockets.refuseHandshakes,
    expireTokens: () => world.tokens.clear(),
    removeBot: (chatId, removed = true) => void (removed ? world.withoutBot.add(chatId) : world.withoutBot.delete(chatId)),
    revoke: (permission) => void world.revoked.add(permission),
    close: async () => {
      sockets.close();
      await closeServer(server);
    },
  };
}

function replies(cards: readonly ShownCard[]): readonly ShownReply[] {
  const groups = new Map<string, ShownCard[]>();
  for (const card of cards) groups.set(card.turnId, [...(groups.get(card.turnId) ?? []), card]);
  return [...groups.entries()].map(([turnId, group]) => ({
    chatId: group[0]!.chatId,
    turnId,
    text: group.map(({ text }) => text).join(''),
    closed: group.every(({ closed }) => closed),
    cards: group,
  }));
}
