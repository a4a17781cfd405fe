import { CHECKS } from './chinese-checks';
import { LINKS } from './chinese-links';

/** Sentences of the API in Chinese, by the English ones; `{}` stands for what a sentence names. What is not here stays as it is: a plugin's own words. */
const SENTENCES: Readonly<Record<string, string>> = {
  ...CHECKS,
  ...LINKS,
  'Some fields do not fit.': '有字段不符合要求。',
  // Fields of any form.
  'is not known here': '是未知字段',
  'must be well-formed text without NUL characters': '须为有效文本，且不含 NUL 字符',
  'must be in the years 1 to 9999, as UTC': '须在公元 1 至 9999 年之间（UTC）',
  'must have at least {} characters': '至少需要 {} 个字符',
  'is not one of: {}': '须为以下之一：{}',
  'is not a cursor of this list': '不是此列表的游标',
  'must not be before 1970': '不得早于 1970 年',
  'must be before `to`': '须早于 `to`',
  'may be at most {} days before `to`': '最多早于 `to` {} 天',
  'may be hour for at most {} days': '按小时统计最多 {} 天',
  'is not a time zone': '不是有效时区',
  'must be a time zone such as Asia/Shanghai': '须为时区，例如 Asia/Shanghai',
  'must be in the future': '须为将来的时间',
  'names a column that there is not': '包含不存在的列名',
  'holds no letters or digits': '不含任何文字或数字',
  'is no integration of this organization': '不是此组织的集成',
  'is no expert of this organization': '不是此组织的专家',
  'is no user of this organization': '不是此组织的用户',
  'is no user or person of this organization': '不是此组织的用户或人员',
  'is no other person of this organization': '不是此组织的另一个人员',
  'is no organization of this tenant': '不是此租户的组织',
  'or userId must be given, and not both': '与 userId 须且只能填写一个',
  'is not its name: nothing was deleted': '与名称不符：没有删除任何内容',
  'is not your password': '不是你的密码',
  'must not repeat so few characters': '不能只重复少数几个字符',
  'was not uploaded here': '未在此处上传',
  // Settings of integrations, experts, people and single sign-on.
  'is not a setting here': '不是此处的设置项',
  'must not be empty: leave it out to keep it': '不能为空：保留原值请不要填写',
  'cannot be used here. It is switched off for this organization. Ask a tenant administrator to enable it.':
    '此组织已停用，请联系租户管理员启用。',
  'cannot be used here. It is enabled elsewhere in this tenant, not for this organization. Ask a tenant administrator to enable it.':
    '仅在此租户的其他组织启用，请联系租户管理员启用。',
  'cannot be used here. It is switched off for this tenant. Ask a tenant administrator to enable it.':
    '此租户已停用，请联系租户管理员启用。',
  'cannot be used here. It is not enabled in this tenant. Ask a tenant administrator to enable it.':
    '此租户尚未启用，请联系租户管理员启用。',
  'must be a whole URL such as https://api.openai.com/v1': '须为完整网址，例如 https://api.openai.com/v1',
  'must begin with http:// or https://': '须以 http:// 或 https:// 开头',
  'must not hold a user name or password': '不能包含用户名或密码',
  'must not be a link-local address': '不能是链路本地地址',
  'must be an https address that is not link-local': '须为 https 地址，且不是链路本地地址',
  'is not a domain such as example.com': '不是有效域名，例如 example.com',
  'An app id is cli_ followed by 16 characters; copy it from "Credentials & Basic Info".':
    'App ID 由 cli_ 和 16 个字符组成，请从“凭证与基础信息”复制。',
  'Use feishu, larksuite or an http(s) base URL that is not link-local.': '请填写 feishu、larksuite 或非链路本地的 http(s) 地址。',
  'Use an http(s) base URL that is not link-local.': '请填写非链路本地的 http(s) 地址。',
  'The AES key has 43 characters.': 'AES 密钥为 43 个字符。',
  'An EncodingAESKey has 43 letters and digits; copy it from "receive messages".':
    'EncodingAESKey 为 43 个字母和数字，请从“接收消息”复制。',
  'Use an address that begins with {} and is not link-local.': '请填写以 {} 开头且非链路本地的地址。',
  'must name each field once': '每个字段只能出现一次',
  'must name each key once': '每个键只能出现一次',
  'must begin with ldap:// or ldaps://, and must not be a link-local address': '须以 ldap:// 或 ldaps:// 开头，且不能是链路本地地址',
  'must be a filter in parentheses': '须为括号内的过滤条件',
  'must ask by something that is known of the person': '须使用人员的已知信息查询',
  'ldaps:// is encrypted already': 'ldaps:// 已经加密',
  'belongs to bindDn': '须与 bindDn 一起填写',
  'is needed for the mapping {}': '使用映射方式 {} 时必填',
  // Triggers.
  'must name at least one group': '至少填写一个群',
  'must name at least one day': '至少选择一天',
  'must be a time of day such as 09:30': '须为时刻，例如 09:30',
  'must be one word behind a slash, such as /finance': '须为斜杠加一个词，例如 /finance',
  'must differ from quietHours.from; a whole day is from 00:00 to 24:00': '须与 quietHours.from 不同；全天为 00:00 至 24:00',
  'is a command of Parley itself: choose another word': '是 Parley 自带的命令，请换一个词',
  'has settings of its own already: name each group once': '已有单独设置：每个群只能出现一次',
  'is in groups.block as well: a blocked group needs no settings': '同时在 groups.block 中：被屏蔽的群无需设置',
  'is in people.allow as well: somebody is either allowed or blocked': '同时在 people.allow 中：同一人不能既允许又屏蔽',
  'is in privateChats.people as well: somebody is either selected or blocked': '同时在 privateChats.people 中：同一人不能既选中又屏蔽',
  'is in groups.people as well: somebody is either selected or blocked': '同时在 groups.people 中：同一人不能既选中又屏蔽',
  'is in groups.chats as well: a group is either selected or blocked': '同时在 groups.chats 中：同一群不能既选中又屏蔽',
  'is in match.groups as well: a blocked group is never served': '同时在 match.groups 中：被屏蔽的群不会得到回答',
  'is in match.people as well: somebody blocked is never answered': '同时在 match.people 中：被屏蔽的人不会得到回答',
  // Alerts, limits, configuration files.
  'must name at least one kind': '至少选择一种告警',
  'is not possible here: no mail server is configured (PARLEY_SMTP_URL and PARLEY_MAIL_FROM)':
    '此处无法使用：未配置邮件服务器（PARLEY_SMTP_URL 和 PARLEY_MAIL_FROM）',
  'says nothing where one person is named': '指定了人员时不起作用',
  'is the name of another one above': '与上文另一项重名',
  'is the name of two here: rename one of them first': '此处有两项重名：请先重命名其中一项',
  'is the name of a limit for one person here': '此处是个人用量上限的名称',
  'is no integration of this file or organization': '不是此文件或组织的集成',
  'is no expert of this file or organization': '不是此文件或组织的专家',
  'cannot be changed: delete the alert here first': '无法修改：请先在此处删除该告警',
  'is needed: the file has sealed secrets': '必填：文件含有加密的密钥',
  'does not open the secrets of this file': '无法解开此文件的密钥',
  // What hangs on something that is to be deleted.
  'The expert “{}” answers on the integration “{}”.': '专家“{}”正在集成“{}”上回答。',
  'The expert “{}” has a trigger on the integration “{}”.': '专家“{}”在集成“{}”上有触发器。',
  'Conversations that are open: {}.': '进行中的对话：{}。',
  'The alert “{}” speaks through it.': '告警“{}”通过它发送。',
  'The limit “{}” counts only what is used of it.': '用量上限“{}”只统计它的用量。',
  // Refusals of whole calls.
  'Nothing has this id.': '没有此 ID 的内容。',
  'There is nothing at {}.': '{} 不存在。',
  'There is no such alert.': '没有此告警。',
  'There is no such conversation.': '没有此对话。',
  'There is no such expert.': '没有此专家。',
  'There is no such file.': '没有此文件。',
  'There is no such integration.': '没有此集成。',
  'There is no such invitation.': '没有此邀请。',
  'There is no such key.': '没有此密钥。',
  'There is no such member.': '没有此成员。',
  'There is no such organization.': '没有此组织。',
  'There is no such person.': '没有此人员。',
  'There is no such plugin.': '没有此插件。',
  'There is no such reference.': '没有此编号。',
  'There is no such session.': '没有此会话期。',
  'There is no such spending limit.': '没有此用量上限。',
  'There is no such tenant.': '没有此租户。',
  'There is no such trigger.': '没有此触发器。',
  'There is no such user.': '没有此用户。',
  'There is no such version.': '没有此版本。',
  'The body is larger than {}.': '请求体超过 {}。',
  'The body is not JSON.': '请求体不是 JSON。',
  'The request cannot be read.': '无法读取请求。',
  'Something went wrong on our side.': '我们这边出了问题。',
  'The database or Temporal does not answer at the moment. Try again shortly.': '数据库或 Temporal 暂时没有响应，请稍后再试。',
  'The settings are saved, but Temporal does not answer at the moment: they take effect when it does.':
    '设置已保存，但 Temporal 暂时没有响应：恢复后生效。',
  'The role "{}" does not hold the right "{}" ({}).': '角色“{}”没有权限“{}”（{}）。',
  'The role "{}" may not give or take the role "{}".': '角色“{}”不能授予或收回角色“{}”。',
  'Changes with a session cookie must come from the console.': '使用会话 Cookie 的修改必须来自控制台。',
  'Sign in, or send an API key: Authorization: Bearer <key>.': '请登录，或发送 API 密钥：Authorization: Bearer <key>。',
  'You belong to no organization: ask an administrator to make you a member.': '你不属于任何组织：请联系管理员将你加入。',
  'This key creates tenants and sees no organization: use the key of an organization.':
    '此密钥用于创建租户，看不到组织：请使用组织的密钥。',
  'Say which organization this is about: x-parley-organization.': '请指明组织：x-parley-organization。',
  'Only signed-in people choose; name the organization in x-parley-organization.':
    '只有登录的人可以选择；请用 x-parley-organization 指明组织。',
  'This tenant asks why: send the reason in the header x-parley-reason, percent-encoded.':
    '此租户要求说明原因：请在请求头 x-parley-reason 中填写（百分号编码）。',
  'You hold {} of these streams open already: close one, or share it.': '你已打开 {} 个此类数据流：请关闭一个，或共用。',
  'The sandbox takes files of at most {} MB.': '沙箱文件不得超过 {} MB。',
  'No platform of this name makes bots by a scanned code.': '没有此名称的平台支持扫码创建机器人。',
  'There is no such sandbox integration.': '没有此沙箱集成。',
  'This person was erased.': '此人已被抹除。',
  'Many people are mapped to this user: erase them one by one, with identities=one.': '许多人映射到此用户：请用 identities=one 逐个抹除。',
  'Something of this person is being answered: try again when that has ended, or stop it.':
    '此人的消息正在回答：请等待结束后重试，或先停止。',
  'Something hangs on this {}: look at its dependents, then delete it without ?ifUnused=true.':
    '仍有内容依赖于它：请先查看依赖项，再去掉 ?ifUnused=true 删除。',
  'Two integrations are called "{}": rename one, for a file tells them apart by name.':
    '有两个集成都叫“{}”：文件按名称区分，请重命名其中一个。',
  'Two experts are called "{}": rename one, for a file tells them apart by name.': '有两个专家都叫“{}”：文件按名称区分，请重命名其中一个。',
  'Two alerts are called "{}": rename one, for a file tells them apart by name.': '有两个告警都叫“{}”：文件按名称区分，请重命名其中一个。',
  'The settings of the alert "{}" cannot be read: enter them again, or put the key they were sealed with back.':
    '无法读取告警“{}”的设置：请重新填写，或恢复原来的加密密钥。',
  'The settings of the integration "{}" cannot be read: enter them again, or put the key they were sealed with back.':
    '无法读取集成“{}”的设置：请重新填写，或恢复原来的加密密钥。',
  'The settings of the expert "{}" cannot be read: enter them again, or put the key they were sealed with back.':
    '无法读取专家“{}”的设置：请重新填写，或恢复原来的加密密钥。',
  'The settings of the published expert "{}" cannot be read: enter them again, or put the key they were sealed with back.':
    '无法读取专家“{}”已发布版本的设置：请重新填写并发布，或恢复原来的加密密钥。',
  'Two limits are called "{}": rename one, for a file tells them apart by name.':
    '有两个用量上限都叫“{}”：文件按名称区分，请重命名其中一个。',
  'On the integration “{}” {} is the default route already: give one of the two a match, or disable that trigger and publish its expert.':
    '集成“{}”已有默认路由：请为其中一个设置匹配条件，或停用另一个触发器并发布其专家。',
  'On the integration “{}” a message can be for this trigger and for {}, both with the order {}: give one of them another order.':
    '集成“{}”上的同一条消息可能同时匹配两个触发器，且顺序相同：请为其中一个设置不同的顺序。',
  'People who sign in for the first time come to this organization: choose another one for single sign-on first.':
    '首次登录的人会加入此组织：请先为单点登录选择其他组织。',
  // Accounts and signing in.
  'The address or the password is wrong.': '邮箱或密码不正确。',
  'This address and password open several tenants: say which.': '此邮箱和密码对应多个租户：请选择。',
  'Too many attempts: try again in {} min.': '尝试次数过多：请 {} 分钟后再试。',
  'Too many refused calls from this address: wait a minute.': '此地址被拒绝的请求过多：请稍等一分钟。',
  'This account is gone.': '此账号已不存在。',
  'Only signed-in people have a password.': '只有登录的人才有密码。',
  'No mail can be sent from here: ask an administrator for a link that sets a new password.':
    '此处无法发送邮件：请向管理员索取重设密码的链接。',
  'This link was used already, was replaced, or has expired: ask for a new one.': '此链接已使用、被替换或过期：请索取新链接。',
  'This account signs in at the identity provider of its tenant: it has no password to set.':
    '此账号通过所属租户的身份提供方登录，没有可设置的密码。',
  'This address has an account here already: sign in, and ask to be made a member.': '此邮箱已有账号：请登录，并申请成为成员。',
  'This address belongs to a member already: change the role there.': '此邮箱已是成员：请直接修改其角色。',
  'This account opens other organizations too: a tenant administrator must do this.': '此账号还可进入其他组织：须由租户管理员操作。',
  'You cannot change your own membership: ask another administrator.': '不能修改自己的成员身份：请联系其他管理员。',
  'This tenant has no single sign-on.': '此租户没有单点登录。',
  'The settings of single sign-on cannot be read: a tenant administrator must enter them again.':
    '无法读取单点登录的设置：须由租户管理员重新填写。',
  'The provider sent no ID token.': '身份提供方没有发送 ID 令牌。',
  'The identity provider does not answer as its settings say.': '身份提供方没有按设置响应。',
};

const PATTERNS = Object.entries(SENTENCES)
  .filter(([english]) => english.includes('{}'))
  .map(([english, chinese]) => ({ english, pattern: new RegExp(`^${english.split('{}').map(literal).join('(.*)')}$`, 's'), chinese }));

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A sentence of the API in Chinese; as it is where that is not known. */
export function inChinese(sentence: string): string {
  const exact = SENTENCES[sentence];
  if (exact !== undefined) return exact;
  for (const { english, pattern, chinese } of PATTERNS) {
    const [, ...named] = pattern.exec(sentence) ?? [];
    // Of links they name reasons, which stand in the list too; elsewhere what people have named, which stays as it is.
    const told = english in LINKS ? inChinese : (name: string) => name;
    if (named.length > 0) return chinese.replaceAll('{}', () => told(named.shift() ?? ''));
  }
  return sentence;
}
