import { createFaults } from '../../tests/support/faults';
import { closeServer, listenOnLoopback } from '../../tests/support/loopback';
import { actionsOf, contentOf, isStreaming } from './emulator/cardkit';
import { actionEvent, ENCRYPT_KEY, messageEvent, recallEvent, signed, VERIFICATION_TOKEN, webhookBody } from './emulator/events';
import type { Fault, LarkEmulator, LarkEmulatorOptions, SentMessage, ShownCard, ShownReply } from './emulator/face';
import { createHttp } from './emulator/server';
import { createSockets } from './emulator/sockets';
import { createWorld, type Message, type World } from './emulator/world';

export type * from './emulator/face';

/** Starts a Lark of one's own on loopback: discovery, sockets with real frames, log-in, messages and CardKit, with faults on demand. */
export async function startLarkEmulator(options: LarkEmulatorOptions = {}): Promise<LarkEmulator> {
  const world = createWorld(options);
  const sockets = createSockets(world);
  const faults = createFaults<Fault>();
  const server = createHttp(world, sockets, faults);
  const url = `http://${await listenOnLoopback(server, options.port)}`;
  const { appId, appSecret } = world.options;
  const cards = (chatId?: string): readonly ShownCard[] =>
    [...world.messages.values()]
      .filter((message) => message.card && !message.recalled && (!chatId || message.chatId === chatId))
      .map((message) => shownCard(world, message));

  return {
    url,
    config: { appId, appSecret, domain: url, encryptKey: ENCRYPT_KEY, verificationToken: VERIFICATION_TOKEN },
    botOpenId: world.botOpenId,
    say: (said) => {
      const { messageId, event } = messageEvent(world, said);
      sockets.push(event, { redeliver: said.redeliver ?? true, ...(said.appId ? { appId: said.appId } : {}) });
      return messageId;
    },
    press: (pressed) => {
      const event = actionEvent(world, pressed);
      return sockets.push(event, {
        redeliver: false,
        oldFrame: pressed.oldFrame ?? false,
        appId: String(event.header && 'app_id' in event.header ? event.header.app_id : appId),
      });
    },
    sayUnheard: (said) => messageEvent(world, said).messageId,
    reactions: (messageId) => [...(world.messages.get(messageId)?.reactions ?? [])],
    recall: (messageId) => sockets.push(recallEvent(world, messageId), {}),
    push: (event, how = {}) => sockets.push(event, how),
    events: {
      message: (said) => messageEvent(world, said),
      action: (pressed) => actionEvent(world, pressed),
      recall: (messageId) => recallEvent(world, messageId),
    },
    webhookBody: (event, now = Date.now()) => webhookBody(event, now),
    signed: (body, now = Date.now()) => signed(body, now),
    sendTo: sockets.sendTo,
    cards,
    replies: (chatId) => replies(cards(chatId)),
    messages: (chatId) =>
      [...world.messages.values()]
        .filter((message) => message.fromBot && (!chatId || message.chatId === chatId))
        .map((message) => sentMessage(world, message)),
    calls: (api) => (api ? world.calls.filter((call) => call.api === api) : [...world.calls]),
    violations: () => [...world.violations],
    deliveries: sockets.deliveries,
    connections: sockets.open,
    logins: () => [...sockets.logins],
    fault: faults.add,
    clearFaults: faults.clear,
    goSilent: sockets.goSilent,
    dropSockets: sockets.drop,
    refuseConnections: sockets.refuse,
    expireTokens: () => world.tokens.clear(),
    removeBot: (chatId, removed = true) => void (removed ? world.withoutBot.add(chatId) : world.withoutBot.delete(chatId)),
    setOwner: (chatId, ...owners) => void world.owners.set(chatId, owners),
    setPerson: (openId, user) => void world.people.set(openId, user),
    close: async () => {
      sockets.close();
      await closeServer(server);
    },
  };
}

function shownCard(world: World, message: Message): ShownCard {
  const card = message.card!;
  const streaming = isStreaming(world, card);
  const buttons = actionsOf(card.json);
  const header = card.json.header as { title?: { content?: string } } | undefined;
  return {
    ...(world.cards.has(card.id) ? { cardId: card.id } : {}),
    messageId: message.id,
    chatId: message.chatId,
    ...(message.replyTo ? { replyTo: message.replyTo } : {}),
    ...(message.threadId ? { threadId: message.threadId } : {}),
    text: contentOf(card.json, 'answer'),
    status: contentOf(card.json, 'status'),
    header: header?.title?.content ?? '',
    footer: contentOf(card.json, 'footer'),
    streaming,
    closed: !streaming && !buttons.includes('stop'),
    buttons,
    ...(card.turnId ? { turnId: card.turnId } : {}),
    json: card.json,
    frames: card.frames,
  };
}

const sentMessage = (world: World, { id, chatId, type, content, card, uuid, replyTo, threadId, at, recalled }: Message): SentMessage => ({
  messageId: id,
  chatId,
  type,
  text: card ? contentOf(card.json, 'answer') : String(content.text ?? ''),
  ...(uuid ? { uuid } : {}),
  ...(replyTo ? { replyTo } : {}),
  ...(threadId ? { threadId } : {}),
  at,
  recalled,
  ...fileOf(world, content),
});

function fileOf(world: World, { image_key: image, file_key: key }: Message['content']): Pick<SentMessage, 'file'> {
  const file = world.files.get(String(image ?? key));
  return file ? { file } : {};
}

function replies(cards: readonly ShownCard[]): readonly ShownReply[] {
  const groups = new Map<string, ShownCard[]>();
  for (const card of cards) {
    const key = card.replyTo ?? card.messageId;
    groups.set(key, [...(groups.get(key) ?? []), card]);
  }
  return [...groups.values()].map((group) => ({
    chatId: group[0]!.chatId,
    ...(group[0]!.replyTo ? { replyTo: group[0]!.replyTo } : {}),
    text: group.map(({ text }) => text).join(''),
    closed: group.every(({ closed }) => closed),
    cards: group,
  }));
}
