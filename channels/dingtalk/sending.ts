import { randomUUID } from 'node:crypto';
import { ChannelError } from '../../domain/errors';
import type { Address } from '../../domain/event';
import type { Ports, Priority } from '../channel';
import type { Account } from './account';
import type { Caller } from './calls';
import { type Params, titleOf } from './card';
import { type DingTalkConfig, mayCall, robotCodeOf } from './config';
import { isFinal, refused } from './errors';
import { send } from './http';

export interface NewCard {
  readonly templateId: string;
  readonly outTrackId: string;
  /** Where presses go: our socket, or the route registered under this key. */
  readonly routeKey: string | undefined;
}

export interface StreamedText {
  readonly key: string;
  readonly content: () => string;
  readonly end: 'no' | 'finished' | 'failed';
}

/** What a robot can say in a message: the platform's name for it, and its parameters. */
export type Message =
  | { readonly kind: 'text' | 'markdown'; readonly text: string }
  | { readonly kind: 'image'; readonly mediaId: string }
  | { readonly kind: 'file'; readonly mediaId: string; readonly name: string };

/** DingTalk's calls as the messenger needs them: one function per endpoint. */
export interface Sending {
  /** Makes the card and puts it into the chat; the same `outTrackId` is the same card. Throws when it did not arrive there. */
  createCard(to: Address, card: NewCard, params: () => Params, priority: Priority): Promise<void>;
  /** Changes the variables given, leaves the others. */
  changeCard(outTrackId: string, params: () => Params, priority: Priority): Promise<void>;
  streamText(outTrackId: string, text: StreamedText, priority: Priority): Promise<void>;
  /** A message; DingTalk has no key to know it again by. */
  sendMessage(to: Address, message: Message, priority: Priority): Promise<void>;
  react(to: Address, name: string): Promise<void>;
}

/** Time that a session webhook must still have to be used. */
const WEBHOOK_MARGIN_MS = 10_000;

export function createSending(account: Account, call: Caller, { called }: Pick<Ports, 'called'>): Sending {
  const { config } = account;
  return {
    createCard: async (to, card, params, priority) => {
      const body = () => createBody(config, to, card, params());
      const { result } = await call('card.create', priority, () => ({
        method: 'POST',
        path: '/v1.0/card/instances/createAndDeliver',
        body: body(),
      }));
      const results = (result as { deliverResults?: unknown } | undefined)?.deliverResults;
      // An answer of 200 may hide that the card arrived nowhere.
      if (Array.isArray(results) && results.some((each: { success?: unknown } | null) => each?.success === false))
        throw refused('card.deliver', 200, 'notDelivered');
    },
    changeCard: async (outTrackId, params, priority) => {
      const body = () => ({ outTrackId, cardData: { cardParamMap: params() }, cardUpdateOptions: { updateCardDataByKey: true } });
      await call('card.update', priority, () => ({ method: 'PUT', path: '/v1.0/card/instances', body: body() }));
    },
    streamText: async (outTrackId, { key, content, end }, priority) => {
      const ends = { isFull: true, isFinalize: end !== 'no', isError: end === 'failed' };
      const body = () => ({ outTrackId, guid: randomUUID(), key, content: content(), ...ends });
      await call('card.streaming', priority, () => ({ method: 'PUT', path: '/v1.0/card/streaming', body: body() }));
    },
    sendMessage: async (to, message, priority) => {
      if (message.kind === 'text' || message.kind === 'markdown') if (await answerByWebhook(account, called, to, message)) return;
      await sendByRobot(config, call, to, message, priority);
    },
    react: async (to, name) => {
      const body = {
        robotCode: robotCodeOf(config),
        openMsgId: to.replyTo,
        openConversationId: to.chatId,
        emotionType: 2,
        emotionName: name,
        textEmotion: { emotionId: '2659900', emotionName: name, text: name, backgroundId: 'im_bg_1' },
      };
      await call('robot.emotion', 'frame', () => ({ method: 'POST', path: '/v1.0/robot/emotion/reply', body }));
    },
  };
}

function createBody(config: DingTalkConfig, to: Address, { templateId, outTrackId, routeKey }: NewCard, params: Params): unknown {
  const robotCode = robotCodeOf(config);
  const space =
    to.kind === 'group'
      ? {
          openSpaceId: `dtv1.card//IM_GROUP.${to.chatId}`,
          imGroupOpenSpaceModel: { supportForward: true },
          imGroupOpenDeliverModel: { robotCode },
        }
      : {
          openSpaceId: `dtv1.card//IM_ROBOT.${personOf(to)}`,
          imRobotOpenSpaceModel: { supportForward: true },
          imRobotOpenDeliverModel: { spaceType: 'IM_ROBOT', robotCode, extension: { dynamicSummary: 'true' } },
        };
  const callback = routeKey ? { callbackType: 'HTTP', callbackRouteKey: routeKey } : { callbackType: 'STREAM' };
  return { cardTemplateId: templateId, outTrackId, ...callback, cardData: { cardParamMap: params }, userIdType: 1, ...space };
}

/** Private messages go to a person, not into a chat; DingTalk names that person only where it is a member. */
function personOf({ handles }: Address): string {
  if (handles?.staffId) return handles.staffId;
  throw refused('the recipient', 403, 'forbidden.noStaffId');
}

/** Answers by the address that came with the question. Resolves false where there is none, or not any more, or DingTalk will not take it. */
async function answerByWebhook(
  { config, timeoutMs }: Account,
  called: Ports['called'],
  to: Address,
  message: { readonly kind: 'text' | 'markdown'; readonly text: string },
): Promise<boolean> {
  const { sessionWebhook, expires } = to.handles ?? {};
  if (!sessionWebhook || !(Number(expires) > Date.now() + WEBHOOK_MARGIN_MS) || !mayCall(config, sessionWebhook, 'answer')) return false;
  const body =
    message.kind === 'text'
      ? { msgtype: 'text', text: { content: message.text } }
      : { msgtype: 'markdown', markdown: { title: titleOf(message.text), text: message.text } };
  try {
    const answer = await send('webhook.send', sessionWebhook, { method: 'POST', body }, timeoutMs);
    if (answer.code !== '0') throw refused('webhook.send', answer.status, answer.code);
    called('ok');
    return true;
  } catch (error) {
    const limited = error instanceof ChannelError && error.code === 'rate_limited';
    called(limited ? 'rate_limited' : 'error');
    // Expired or refused: the robot's own interface is another way. Where nobody knows what happened it is not.
    if (isFinal(error) || limited) return false;
    throw error;
  }
}

async function sendByRobot(config: DingTalkConfig, call: Caller, to: Address, message: Message, priority: Priority): Promise<void> {
  const common = { robotCode: robotCodeOf(config), ...robotMessage(message) };
  if (to.kind === 'group') {
    const body = { ...common, openConversationId: to.chatId };
    await call('robot.group', priority, () => ({ method: 'POST', path: '/v1.0/robot/groupMessages/send', body }));
    return;
  }
  const body = { ...common, userIds: [personOf(to)] };
  const answer = await call('robot.person', priority, () => ({ method: 'POST', path: '/v1.0/robot/oToMessages/batchSend', body }));
  if (Array.isArray(answer.invalidStaffIdList) && answer.invalidStaffIdList.length > 0)
    throw refused('robot.person', 400, 'invalidStaffId');
  if (Array.isArray(answer.flowControlledStaffIdList) && answer.flowControlledStaffIdList.length > 0)
    throw refused('robot.person', 400, 'send.too.fast');
}

function robotMessage(message: Message): { readonly msgKey: string; readonly msgParam: string } {
  switch (message.kind) {
    case 'text':
      return { msgKey: 'sampleText', msgParam: JSON.stringify({ content: message.text }) };
    case 'markdown':
      return { msgKey: 'sampleMarkdown', msgParam: JSON.stringify({ title: titleOf(message.text), text: message.text }) };
    case 'image':
      return { msgKey: 'sampleImageMsg', msgParam: JSON.stringify({ photoURL: message.mediaId }) };
    case 'file': {
      const fileType = /\.([a-z0-9]{1,8})$/i.exec(message.name)?.[1]?.toLowerCase() ?? 'file';
      return { msgKey: 'sampleFile', msgParam: JSON.stringify({ mediaId: message.mediaId, fileName: message.name, fileType }) };
    }
  }
}
