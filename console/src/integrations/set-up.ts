import type { Localized } from '../model';

/** What to do on the platform, from `channels/<name>/README.md` in short. */
export interface SetUp {
  /** Where it is done. */
  readonly console?: { readonly title: Localized; readonly url: string };
  readonly before: readonly Localized[];
  readonly permissions: readonly { readonly name: string; readonly what: Localized; readonly needed: boolean }[];
  /** Once the integration is saved, or connected. */
  readonly after: readonly Localized[];
}

const both = (en: string, zh: string): Localized => ({ en, zh });
const scope = (name: string, needed: boolean, en: string, zh: string) => ({ name, needed, what: both(en, zh) });

const lark: Omit<SetUp, 'after'> = {
  console: { title: both('Developer console', '开发者后台'), url: 'https://open.feishu.cn/app' },
  before: [
    both('Create a custom app and add the feature "Bot".', '创建企业自建应用，添加“机器人”能力。'),
    both('Grant the permissions below under "Permissions & Scopes".', '在“权限管理”中开通下面的权限。'),
    both('Copy App ID and App Secret from "Credentials & Basic Info".', '在“凭证与基础信息”中复制 App ID 和 App Secret。'),
  ],
  permissions: [
    scope('im:message', true, 'receive and send messages', '收发消息'),
    scope('im:message.group_at_msg', true, 'messages in groups that name the bot', '接收群里 @ 机器人的消息'),
    scope('cardkit:card:write', false, 'cards that stream', '流式卡片'),
    scope('im:message.group_msg', false, 'groups in which every message counts', '接收群里所有消息'),
    scope('im:resource', false, 'sending pictures and files', '发送图片和文件'),
    scope('im:message.reactions:write_only', false, 'the sign of "received" on a question', '在问题上标记“已收到”'),
    scope('im:chat:readonly', false, 'knowing who owns or administers a group', '识别群主和群管理员'),
  ],
};
const larkEvents = both(
  'Subscribe to the events im.message.receive_v1 and im.message.recalled_v1 and to the callback card.action.trigger.',
  '订阅事件 im.message.receive_v1、im.message.recalled_v1 和回调 card.action.trigger。',
);
const larkArrivals = both(
  'For a welcome message also im.chat.access_event.bot_p2p_chat_entered_v1 and im.chat.member.bot.added_v1.',
  '需要欢迎语时，再订阅 im.chat.access_event.bot_p2p_chat_entered_v1 和 im.chat.member.bot.added_v1。',
);
const larkRelease = both(
  'Release a version of the app: only then do permissions and subscriptions count.',
  '发布应用版本：权限和订阅在发布后才生效。',
);

const dingtalk: Omit<SetUp, 'before' | 'after'> = {
  console: { title: both('Developer console', '开发者后台'), url: 'https://open-dev.dingtalk.com' },
  permissions: [
    scope('qyapi_robot_sendmsg', true, 'the robot sends messages', '机器人发送消息'),
    scope('Card.Instance.Write', false, 'AI cards', 'AI 卡片'),
    scope('Card.Streaming.Write', false, 'AI cards that stream', '流式 AI 卡片'),
  ],
};
const dingtalkBefore = (en: string, zh: string): readonly Localized[] => [
  both('Create an internal app and add the feature "Robot".', '创建企业内部应用，添加“机器人”能力。'),
  both(`Under "Robot" choose ${en} for receiving messages.`, `在“机器人”页选择${zh}接收消息。`),
  both('Grant the permissions below under "Permissions".', '在“权限管理”中开通下面的权限。'),
  both('Copy Client ID and Client Secret from "Credentials and Basic Info".', '在“凭证与基础信息”中复制 Client ID 和 Client Secret。'),
];
const dingtalkRelease = both(
  'Publish a version of the app and add the robot to the groups in which it shall answer.',
  '发布应用版本，并把机器人添加到需要它回答的群。',
);
const wecomConsole = { title: both('Admin console', '管理后台'), url: 'https://work.weixin.qq.com/wework_admin/frame' };
const calledBack = both(
  'Enter the callback URL in the console and save: the platform checks it at once.',
  '在后台填写回调地址并保存：平台会立即校验。',
);

const setUps: Readonly<Record<string, SetUp>> = {
  'lark/long_connection': {
    ...lark,
    after: [
      both(
        'Under "Events & Callbacks" choose the persistent connection for events and callbacks. The console saves it only while Parley is connected.',
        '在“事件与回调”中为事件和回调选择“使用长连接接收”。Parley 已连接时后台才能保存。',
      ),
      ...[larkEvents, larkArrivals, larkRelease],
    ],
  },
  'lark/webhook': {
    ...lark,
    before: [
      ...lark.before,
      both(
        'Set an Encrypt Key under "Encryption Strategy"; copy it and the Verification Token.',
        '在“加密策略”中设置 Encrypt Key，并复制它和 Verification Token。',
      ),
    ],
    after: [
      both('Enter the callback URL as request URL for events and for callbacks.', '把回调地址填为事件和回调的请求地址。'),
      larkEvents,
      larkArrivals,
      larkRelease,
    ],
  },
  'dingtalk/stream': { ...dingtalk, before: dingtalkBefore('Stream mode', ' Stream 模式'), after: [dingtalkRelease] },
  'dingtalk/webhook': {
    ...dingtalk,
    before: [
      ...dingtalkBefore('HTTP mode', ' HTTP 模式'),
      both('Under "Event subscription" create an AES key and a token.', '在“事件订阅”中生成 AES 密钥和 Token。'),
    ],
    after: [
      both(
        'Enter the callback URL under "Event subscription" and as the message address of the robot.',
        '在“事件订阅”和机器人的消息接收地址中填写回调地址。',
      ),
      dingtalkRelease,
    ],
  },
  'wecom/long_connection': {
    console: wecomConsole,
    permissions: [],
    before: [
      both(
        'Open "Security & Management", "Management tools", "Intelligent bots", and create a bot by hand.',
        '打开“安全与管理”→“管理工具”→“智能机器人”，手动创建机器人。',
      ),
      both(
        'Switch on its API mode, choose "long connection", and copy Bot ID and Secret.',
        '开启 API 模式，选择“长连接”，复制 Bot ID 和 Secret。',
      ),
      both('Choose who may use the bot.', '设置机器人的可见范围。'),
    ],
    after: [both('A group has the bot once a member adds it.', '由群成员把机器人添加到群里。')],
  },
  'wecom/webhook': {
    console: wecomConsole,
    permissions: [],
    before: [
      both(
        'Bot: switch on its API mode and choose "short connection". Application: open "Receive messages", "Set up API reception".',
        '机器人：开启 API 模式并选择“短连接”。应用：打开“接收消息”→“设置 API 接收”。',
      ),
      both('Let the console make Token and EncodingAESKey, and do not save yet.', '随机生成 Token 和 EncodingAESKey，先不要保存。'),
    ],
    after: [calledBack],
  },
};

export const setUpOf = (channel: string, mode: string): SetUp => setUps[`${channel}/${mode}`] ?? { before: [], permissions: [], after: [] };
