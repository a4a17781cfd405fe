import { startDingTalkEmulator } from '../../channels/dingtalk/emulator';
import { startLarkEmulator } from '../../channels/lark/emulator';
import { type SentMessage, startWecomEmulator } from '../../channels/wecom/emulator';
import { seenNotices, words } from '../../channels/wecom/emulator/seen';
import type { Platform, PlatformOptions, Shows } from './platform';
import { startWecomApp, startWecomBot } from './wecom-webhooks';

export type * from './platform';

const ROBOT_TOPIC = '/v1.0/im/bot/messages/get';
const NEVER = Number.POSITIVE_INFINITY;

/** Replies that are made of cards, as the emulators of Lark and DingTalk show them. */
interface ShowsCards {
  replies(chatId: string): readonly {
    readonly text: string;
    readonly closed: boolean;
    readonly cards: readonly { readonly frames: readonly Frame[] }[];
  }[];
}

interface Frame {
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

export const cardsShow = (emulator: ShowsCards): Shows => ({
  replies: (chatId) =>
    emulator
      .replies(chatId)
      .map(({ text, closed, cards }) => ({ text, ended: closed, begunAt: begun(cards.flatMap(({ frames }) => frames)) })),
});

const begun = (frames: readonly Frame[]): number => Math.min(NEVER, ...frames.filter(({ text }) => text !== '').map(({ at }) => at));

export const platforms = {
  lark: async ({ limits, redeliverMs }: PlatformOptions): Promise<Platform> => {
    const lark = await startLarkEmulator({ ...(redeliverMs && { redeliverMs }), ...(!limits && { limits: 'off' }) });
    const { appId, appSecret, domain } = lark.config;
    const ailments = [
      { status: 429, code: 99991400, resetSeconds: 1 },
      { status: 500 },
      { timeout: true },
      { status: 503, after: true },
      { timeout: true, after: true },
    ];
    return {
      ...cardsShow(lark),
      ...{ name: 'Lark', channel: 'lark', mode: 'long_connection', config: { appId, appSecret, domain }, redelivers: true },
      writers: ['worker'],
      say: (chatId, text) => {
        const { event } = lark.events.message({ chatId, text, senderId: 'ou_ann' });
        lark.push(event);
        return () => void lark.push(event, { redeliver: false });
      },
      notices: (chatId) => lark.messages(chatId).flatMap(({ type, text }) => (type === 'text' ? [text] : [])),
      connections: lark.connections,
      violations: () => lark.violations().length,
      expireTokens: lark.expireTokens,
      ailments: ailments.map((ailment) => () => lark.fault({ match: /./, ...ailment })),
      refusals: (since) => lark.calls().filter(({ at, status }) => at > since && status >= 429).length,
      close: lark.close,
    };
  },
  dingtalk: async ({ limits, redeliverMs, withoutCardsMs }: PlatformOptions): Promise<Platform> => {
    const dingtalk = await startDingTalkEmulator({
      ...(redeliverMs && { redeliverMs }),
      ...(!limits && { limits: 'off' }),
      ...(withoutCardsMs !== undefined && { sessionWebhookMs: withoutCardsMs }),
    });
    if (withoutCardsMs !== undefined) dingtalk.revoke('card');
    const ailments = [
      { status: 403, code: 'Forbidden.AccessDenied.QpsLimitForApi' },
      { status: 500 },
      { timeout: true },
      { status: 503, after: true },
      { timeout: true, after: true },
    ];
    return {
      ...{ name: 'DingTalk', channel: 'dingtalk', mode: 'stream', config: dingtalk.config, redelivers: true },
      writers: ['worker'],
      say: (chatId, text) => {
        const { event } = dingtalk.events.message({ chatId, text });
        dingtalk.push(ROBOT_TOPIC, event);
        return () => void dingtalk.push(ROBOT_TOPIC, event, { redeliver: false });
      },
      ...cardsShow(dingtalk),
      notices: (chatId) => dingtalk.messages(chatId).map(({ text }) => text),
      ways: (chatId) => dingtalk.messages(chatId).map(({ via }) => via),
      addressed: () => dingtalk.calls('webhook.send').map(({ at }) => at),
      connections: dingtalk.connections,
      violations: () => dingtalk.violations().length,
      expireTokens: dingtalk.expireTokens,
      ailments: ailments.map((ailment) => () => dingtalk.fault({ match: /card|robot|token/, ...ailment })),
      refusals: (since) => dingtalk.calls().filter(({ at, status }) => at > since && status >= 403).length,
      close: dingtalk.close,
    };
  },
  wecom: async ({ limits, streamMs }: PlatformOptions): Promise<Platform> => {
    const wecom = await startWecomEmulator({ ...(!limits && { limits: 'off' }), ...(streamMs !== undefined && { streamMs }) });
    const plain = (chatId: string) => seenNotices(wecom.messages(chatId), wecom.replies(chatId));
    const ailments = [
      { match: /./, errcode: -1 },
      { match: 'respond_msg', timeout: true },
      { match: 'respond_msg', lateMs: 700 },
      { match: 'respond_msg', timeout: true, after: true },
    ];
    return {
      ...{ name: 'WeCom', channel: 'wecom', mode: 'long_connection', config: wecom.config, redelivers: false },
      // Whoever holds the connection answers over it.
      writers: ['connections-1', 'connections-2'],
      say: (chatId, text) => {
        const messageId = wecom.say({ senderId: chatId, text });
        return () => void wecom.say({ senderId: chatId, text, messageId });
      },
      replies: (chatId) => [
        ...wecom.replies(chatId).map(({ text, closed, messages }) => ({
          ...{ text, ended: closed },
          begunAt: begun(messages.flatMap(momentsOf)),
        })),
        // Where the connection that heard the question was lost before the answer began, no stream could be shown.
        ...plain(chatId).flatMap(({ content, at }) => (isAnswer(content) ? [{ text: words(content), ended: true, begunAt: at }] : [])),
      ],
      notices: (chatId) => plain(chatId).flatMap(({ content }) => (isAnswer(content) ? [] : [content])),
      connections: wecom.connections,
      violations: () => wecom.violations().length,
      ailments: ailments.map((ailment) => () => wecom.fault(ailment)),
      refusals: (since) => wecom.calls().filter(({ at, errcode }) => at > since && errcode !== 0).length,
      close: wecom.close,
    };
  },
  'dingtalk webhook': async ({ redeliverMs }: PlatformOptions): Promise<Platform> => {
    const dingtalk = await startDingTalkEmulator({ ...(redeliverMs && { redeliverMs }), limits: 'off' });
    return {
      ...{ name: 'DingTalk by HTTP', channel: 'dingtalk', mode: 'webhook', config: dingtalk.webhookConfig, redelivers: true },
      writers: ['worker'],
      say: (chatId, text) => {
        const messageId = dingtalk.say({ chatId, text });
        return () => void dingtalk.say({ chatId, text, messageId, redeliver: false });
      },
      callBack: dingtalk.sendTo,
      ...cardsShow(dingtalk),
      notices: (chatId) => dingtalk.messages(chatId).map(({ text }) => text),
      connections: () => 1,
      violations: () => dingtalk.violations().length,
      ailments: [],
      refusals: () => 0,
      close: dingtalk.close,
    };
  },
  'wecom bot': startWecomBot,
  'wecom app': startWecomApp,
};

const isAnswer = (content: string): boolean => content.includes('\n1. line ');
const momentsOf = ({ frames, at, content }: SentMessage) =>
  (frames ?? [{ at, content }]).map((moment) => ({ at: moment.at, text: words(moment.content) }));
