import { closeServer, listenOnLoopback } from '../../tests/support/loopback';
import { fields } from './emulator/commands';
import type { Feedback, Pressed, Said, WecomEmulator, WecomEmulatorOptions } from './emulator/face';
import { seenReplies } from './emulator/seen';
import { createSockets, type Sockets, seconds } from './emulator/socket';
import { createWorld, encrypted, type Json, newId, type World } from './emulator/world';

export type * from './emulator/face';

const PERSON = 'zhangsan';

/** Starts a WeCom of one's own on loopback: subscriptions, kicks, callbacks, streams, messages, cards and files, with faults on demand. */
export async function startWecomEmulator(options: WecomEmulatorOptions = {}): Promise<WecomEmulator> {
  const world = createWorld(options);
  const sockets = createSockets(world);
  const host = await listenOnLoopback(sockets.server, options.port);
  const { botId = 'bot1' } = options;
  const visible = (chatId?: string) => world.messages.filter((message) => !chatId || message.chatId === chatId);

  return {
    url: `ws://${host}`,
    config: { botId, secret: world.secrets.get(botId)!, wsUrl: `ws://${host}` },
    ...createPeople(world, sockets, botId),
    addMedia: (bytes, name) => {
      const file = encrypted(bytes);
      const path = `/media/${newId('')}`;
      world.files.set(path, { name, bytes: file.bytes });
      return { url: `http://${host}${path}`, aeskey: file.aeskey };
    },
    messages: visible,
    replies: (chatId) => seenReplies(world.messages, chatId),
    calls: (api) => world.calls.filter((call) => !api || call.api.includes(api)),
    violations: () => [...world.violations],
    deliveries: () => [...sockets.deliveries],
    connections: sockets.connections,
    logins: () => [...sockets.logins],
    attempts: sockets.attempts,
    fault: sockets.fault,
    clearFaults: sockets.clearFaults,
    goSilent: sockets.goSilent,
    dropSockets: sockets.drop,
    refuseConnections: sockets.refuse,
    setSecret: (secret) => void world.secrets.set(botId, secret),
    removeBot: (chatId, removed = true) => void (removed ? world.withoutBot.add(chatId) : world.withoutBot.delete(chatId)),
    close: async () => {
      sockets.close();
      await closeServer(sockets.server);
    },
  };
}

function createPeople(
  world: World,
  sockets: Sockets,
  ownBot: string,
): Pick<WecomEmulator, 'say' | 'press' | 'feedback' | 'enter' | 'push'> {
  const push = (body: Json, botId = ownBot): string => {
    const { msgid } = body;
    const sender = String(fields(body.from).userid);
    const chatId = body.chattype === 'group' ? String(body.chatid) : sender;
    const isEvent = body.msgtype === 'event';
    const type = isEvent ? String(fields(body.event).eventtype) : String(body.msgtype);
    world.known.add(chatId);
    sockets.push(
      botId,
      isEvent ? 'aibot_event_callback' : 'aibot_msg_callback',
      { kind: isEvent ? 'event' : 'message', type, chatId, messageId: String(msgid) },
      body,
    );
    return String(msgid);
  };
  const base = ({ senderId = PERSON, chatId, messageId, botId = ownBot }: Omit<Said, 'text'>): Json => ({
    msgid: messageId ?? newId('msg'),
    aibotid: botId,
    ...(chatId ? { chatid: chatId, chattype: 'group' } : { chattype: 'single' }),
    from: { userid: senderId },
  });
  const event = (of: Omit<Said, 'text'>, name: string, details: Json): string =>
    push({ ...base(of), create_time: seconds(), msgtype: 'event', event: { eventtype: name, [name]: details } });
  return {
    push,
    say: (said) => push({ ...base(said), msgtype: 'text', text: { content: said.text }, ...said.body }, said.botId),
    press: ({ streamId, senderId, key }: Pressed = {}) => {
      const message = world.messages.findLast(({ card, streamId: id }) => card && (!streamId || id === streamId));
      const buttons = (message?.card?.button_list ?? []) as readonly { readonly key: string }[];
      const details = { card_type: message?.card?.card_type, event_key: key ?? buttons[0]?.key, task_id: message?.card?.task_id };
      return event({ senderId: senderId ?? message?.chatId ?? PERSON }, 'template_card_event', details);
    },
    feedback: ({ id, type, content, reasons, ...of }: Feedback) =>
      event(of, 'feedback_event', { id, type, ...(content ? { content } : {}), ...(reasons ? { inaccurate_reason_list: reasons } : {}) }),
    enter: (senderId = PERSON) => event({ senderId }, 'enter_chat', {}),
  };
}
