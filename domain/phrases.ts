import type { Notice, StopCause } from './conversation';
import type { Language, LocalizedText } from './language';
import type { TriggerSettings } from './trigger';

/** What `/status` tells: counts and times, no content. */
export interface StatusFacts {
  readonly running: boolean;
  readonly waiting: number;
  readonly turns: number;
  /** Age of the session. */
  readonly minutes: number;
  readonly timeoutSeconds: number;
}

/** Everything Parley itself says in a chat, in Chinese and English. */
export function noticeText(notice: Notice, language: Language, facts?: StatusFacts, policies?: ToldPolicies | null): string {
  if (notice === 'status' && facts) return statusText(language, facts);
  return (policies && refusedText(notice, language, policies)) ?? NOTICES[notice][language];
}

/** The policies that a refusal explains. */
type ToldPolicies = Pick<TriggerSettings, 'perPerson' | 'quietHours' | 'paused'>;

function refusedText(notice: Notice, language: Language, { perPerson, quietHours, paused }: ToldPolicies): string | undefined {
  const zh = language === 'zh';
  if (notice === 'paused') return paused?.[language];
  if (notice === 'rateLimited') {
    const { messages, seconds } = perPerson;
    return zh
      ? `每人每 ${seconds} 秒最多可发送 ${messages} 条消息，本条未予处理，请稍后重新发送。`
      : `I take at most ${messages} messages of one person in ${seconds} s, so this one was not taken. Please send it again later.`;
  }
  if (notice === 'quietHours' && quietHours) {
    const { from, to, timeZone } = quietHours;
    return zh
      ? `现在是非服务时段（${from}–${to}，${timeZone}），本条未予处理，请在服务时间重新发送。`
      : `I am off duty from ${from} to ${to} (${timeZone}), so this was not taken. Please send it again after that.`;
  }
  return undefined;
}

export const tooLate: LocalizedText = { en: 'This came too late and was not carried out.', zh: '该操作送达过晚，未予执行。' };

const NOTICES: Readonly<Record<Notice, LocalizedText>> = {
  help: {
    en: 'Ask me anything. Commands:\n/new [question] – begin a new conversation\n/stop – stop the present answer\n/status – what I am doing\n/help – this list',
    zh: '直接提问即可。可用命令：\n/新会话 [问题] – 开始新会话\n/停止 – 停止当前回答\n/状态 – 查看当前状态\n/帮助 – 显示本说明',
  },
  status: { en: 'Ready.', zh: '就绪。' },
  stopped: { en: 'Stopped.', zh: '已停止。' },
  nothingToStop: { en: 'There is nothing to stop.', zh: '当前没有可以停止的回答。' },
  newSession: { en: 'A new conversation begins; what was said before no longer counts.', zh: '已开始新会话，之前的内容不再作为上下文。' },
  sessionEnded: {
    en: 'An administrator ended this conversation; your next message begins a new one.',
    zh: '管理员已结束本次会话，您的下一条消息将开始新会话。',
  },
  notYours: { en: 'Only those who asked, or an administrator, may do that.', zh: '只有提问者或管理员可以这样做。' },
  busy: { en: 'I am still answering. Please send this again when I am done.', zh: '我还在回答上一个问题，请在回答结束后重新发送。' },
  queueFull: {
    en: 'Too many questions are waiting in this chat. Please send this again later.',
    zh: '本聊天中排队的问题太多，请稍后重新发送。',
  },
  rateLimited: {
    en: 'That was more than I may take at a time. Please send it again later.',
    zh: '消息过于频繁，本条未予处理，请稍后重新发送。',
  },
  quietHours: {
    en: 'I am off duty now, so this was not taken. Please send it again later.',
    zh: '现在是非服务时段，本条未予处理，请稍后重新发送。',
  },
  outsider: { en: 'I answer members of the organization only.', zh: '我仅为组织内部成员提供服务。' },
  lateCommand: tooLate,
  paused: {
    en: 'I am paused for the moment, so this was not taken. Please send it again later.',
    zh: '服务暂停中，本条未予处理，请稍后重新发送。',
  },
};

function statusText(language: Language, { running, waiting, turns, minutes, timeoutSeconds }: StatusFacts): string {
  const timeout = Math.round(timeoutSeconds / 60);
  return language === 'zh'
    ? `${running ? '正在回答' : '空闲'}，排队 ${waiting} 个问题；本次会话已进行 ${minutes} 分钟、${turns} 轮，静默 ${timeout} 分钟后结束。`
    : `${running ? 'Answering' : 'Idle'}, ${waiting} waiting; this conversation is ${minutes} min old with ${turns} answers and ends after ${timeout} min of silence.`;
}

/** Why a turn was stopped, for its card. @param by who pressed stop, where others would wonder */
export function stopReason(cause: StopCause, language: Language, by?: string): string {
  if (cause === 'stopped' && by) return language === 'zh' ? `已由 ${by} 停止。` : `Stopped by ${by}.`;
  return STOPS[cause][language];
}

const STOPS: Readonly<Record<StopCause, LocalizedText>> = {
  stopped: { en: 'Stopped.', zh: '已停止。' },
  interrupted: { en: 'Stopped for your newer message.', zh: '因收到新消息而停止。' },
  new: { en: 'Stopped: a new conversation began.', zh: '已停止：已开始新会话。' },
  ended: { en: 'Stopped: the conversation was ended.', zh: '已停止：会话已结束。' },
  recalled: { en: 'Stopped: the question was withdrawn.', zh: '已停止：问题已撤回。' },
};

/**
 * Why a turn failed, for its card: never anything internal. Unknown codes get the general sentence.
 * @param code with what its sentence names, where it names something, behind a colon: `spending_limit:2026-12-01 00:00 (UTC)`
 */
export function failureReason(code: string, language: Language): string {
  const [name = '', named = ''] = code.split(/:(.*)/s);
  return (FAILURES[name] ?? FAILURES.unknown!)[language].replace('{named}', () => named);
}

const FAILURES: Readonly<Record<string, LocalizedText>> = {
  unknown: { en: 'Something went wrong on our side. Please try again.', zh: '服务出现问题，请重试。' },
  rate_limited: { en: 'The AI service is overloaded. Please try again in a minute.', zh: 'AI 服务繁忙，请稍后重试。' },
  timeout: { en: 'The AI service took too long. Please try again.', zh: 'AI 服务响应超时，请重试。' },
  unreachable: { en: 'The AI service cannot be reached at the moment. Please try again later.', zh: '暂时无法连接 AI 服务，请稍后重试。' },
  server_error: { en: 'The AI service reported an error. Please try again.', zh: 'AI 服务出错，请重试。' },
  broken_stream: { en: 'The answer broke off. Please try again.', zh: '回答中断，请重试。' },
  bad_credentials: {
    en: 'The AI service refused our access. An administrator must check its key.',
    zh: 'AI 服务拒绝访问，请联系管理员检查密钥。',
  },
  refused: {
    en: 'The AI service did not accept this question. An administrator can look up the reference number.',
    zh: 'AI 服务未接受该问题，管理员可凭编号查询原因。',
  },
  not_shown: {
    en: 'The platform refused to show this answer. An administrator can find it in the conversation.',
    zh: '平台拒绝展示该回答，管理员可在会话记录中查看。',
  },
  content_filter: { en: 'The AI service declined to answer this question.', zh: 'AI 服务拒绝回答该问题。' },
  not_published: {
    en: 'No expert answers here: an administrator must publish one for this bot.',
    zh: '此处尚无专家应答，请管理员为本机器人发布专家。',
  },
  unreadable: { en: 'The settings of this expert cannot be read: tell an administrator.', zh: '无法读取专家设置，请联系管理员。' },
  too_many_attempts: {
    en: 'The answer could not be completed after many tries. Please try again later.',
    zh: '多次尝试后仍无法完成回答，请稍后重试。',
  },
  person_blocked: { en: 'You may not ask here.', zh: '您无权在此提问。' },
  person_outsider: { en: 'I answer members of the organization only.', zh: '我仅为组织内部成员提供服务。' },
  person_unknown: {
    en: 'I could not find you in the directory of this organization, so I may not answer. An administrator can look up the reference number.',
    zh: '在本组织的用户目录中未找到您，无法为您解答，管理员可凭编号查询。',
  },
  person_refused: {
    en: 'The directory of this organization says that I may not answer you. An administrator can look up the reference number.',
    zh: '本组织的用户目录不允许为您解答，管理员可凭编号查询。',
  },
  person_away: {
    en: 'I could not find out who you are just now. Please try again in a few minutes.',
    zh: '暂时无法确认您的身份，请稍后重试。',
  },
  spending_limit: {
    en: 'What may be used here for now is used up. I take questions again from {named}.',
    zh: '当前用量额度已用完，将于 {named} 恢复，届时请重新提问。',
  },
  out_of_time: { en: 'The answer could not be completed in time. Please try again later.', zh: '未能在限定时间内完成回答，请稍后重试。' },
};

/** Messages of a shared question that were not asked. */
export function notAskedText(count: number, language: Language): string {
  if (count === 0) return '';
  if (language === 'zh') return `有 ${count} 条消息因其发送者无权提问而未予处理。`;
  return count === 1
    ? 'One message was left out: who sent it may not ask here.'
    : `${count} messages were left out: who sent them may not ask here.`;
}

export const expiredReason: LocalizedText = {
  en: 'This question had waited too long and was not answered. Please ask again if it still matters.',
  zh: '该问题等待时间过长，未予回答；如仍需要请重新提问。',
};

/** Under the first answer of an expert who took over from another one in the same chat. */
export const newExpert: LocalizedText = {
  en: 'Another expert answers from here on: a new conversation began, and what was said before no longer counts.',
  zh: '此后由另一位专家回答：已开始新会话，之前的内容不再作为上下文。',
};

export const emptyAnswer: LocalizedText = { en: 'The expert had nothing to say.', zh: '专家没有给出内容。' };
export const cutAnswer: LocalizedText = { en: 'The answer reached its length limit.', zh: '回答已达到长度上限。' };

/** Where a platform ends a growing message before the answer ends, or shows less than all of it. */
export const takenTogether: LocalizedText = {
  en: 'Taken together with the message before it; the answer is there.',
  zh: '已与前一条消息合并处理，请见该消息的回答。',
};
export const followsBelow: LocalizedText = { en: '(The answer goes on in a message below.)', zh: '（回答将在下方的消息中继续。）' };
export const followsSeparately: LocalizedText = { en: 'The answer follows in a message of its own.', zh: '回答将以单独的消息发送。' };
export const completeAbove: LocalizedText = { en: 'The answer above is complete.', zh: '上方的回答已完整。' };
export const continued: LocalizedText = { en: '(continued)', zh: '（续）' };
export const wholeAgain: LocalizedText = {
  en: '(The message above could not be finished; here is the whole answer.)',
  zh: '（上方的消息未能完成，以下是完整回答。）',
};
export const perhapsAgain: LocalizedText = {
  en: '(It is not certain that this arrived before, so here it is again.)',
  zh: '（无法确认此前是否送达，特重新发送。）',
};

/** @param characters how many are not shown */
export const leftOut = (characters: number, language: Language): string =>
  language === 'zh'
    ? `（回答过长，此处未显示最后 ${characters} 个字符；完整内容保存在会话记录中。）`
    : `(The answer is longer than can be shown here: its last ${characters} characters are left out. The whole of it stands in the conversation's record.)`;

/** What the line under an answer says of its origin, unless the integration has words of its own. */
export const aiLabel: LocalizedText = { en: 'AI-generated', zh: '由 AI 生成' };

/** How long something took, for people: `3.2 s`, `2 min 5 s`. */
export function duration(seconds: number, language: Language): string {
  const zh = language === 'zh';
  const whole = Math.round(seconds);
  if (seconds < 59.95) return `${seconds.toFixed(1)} ${zh ? '秒' : 's'}`;
  return zh ? `${Math.floor(whole / 60)} 分 ${whole % 60} 秒` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export const tokens = (count: number, language: Language): string =>
  `${count.toLocaleString('en-US')} ${language === 'zh' ? '个 token' : 'tokens'}`;

export const referenceText = (reference: string, language: Language): string =>
  language === 'zh' ? `编号：${reference}` : `Reference: ${reference}`;

/** Why a pressed button did nothing, or what it did: for whoever pressed it alone. */
export const toasts = {
  stopping: { en: 'Stopping …', zh: '正在停止…' },
  good: { en: 'Thank you for the feedback.', zh: '感谢您的反馈。' },
  bad: { en: 'Thank you, we will look into it.', zh: '感谢反馈，我们会据此改进。' },
  again: { en: 'Answering once more …', zh: '正在重新回答…' },
  new: { en: 'Beginning a new conversation …', zh: '正在开始新会话…' },
  unknown: { en: 'This card is not known any more.', zh: '该卡片已失效。' },
  notYours: { en: 'Only those who asked may do that.', zh: '只有提问者可以这样做。' },
  ownersToo: {
    en: 'Only those who asked may stop this. If you own or administer the group, it stops in a moment.',
    zh: '只有提问者可以停止；如果您是群主或群管理员，回答即将停止。',
  },
  over: { en: 'This answer has ended already.', zh: '该回答已结束。' },
  running: { en: 'The answer is still under way.', zh: '回答尚未结束。' },
  old: { en: 'This is not the newest answer any more. Please ask again.', zh: '这已不是最新的回答，请重新提问。' },
  ended: { en: 'That conversation has ended. Please ask again.', zh: '该会话已结束，请重新提问。' },
  asked: { en: 'This question is being answered again already.', zh: '该问题已在重新回答。' },
  tooMany: { en: 'That is more than one person may ask just now. Please wait a little.', zh: '您的提问过于频繁，请稍后再试。' },
  noQuestion: { en: 'The question was withdrawn.', zh: '问题已撤回。' },
  noted: { en: 'That is noted already.', zh: '您的评价已记录。' },
  notRated: { en: 'This answer cannot be rated.', zh: '该回答不能评价。' },
} as const satisfies Readonly<Record<string, LocalizedText>>;

/** What stands before and after words that were not said to the bot, for the expert. */
export const overheardBefore: LocalizedText = { en: '[Said earlier in this group, not to you:]', zh: '［本群此前的对话，并非对你所说：］' };
export const overheardAfter: LocalizedText = { en: '[The question:]', zh: '［问题：］' };
