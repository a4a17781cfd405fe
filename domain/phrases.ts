import type { Notice, StopCause } from './conversation';
import type { Language, LocalizedText } from './language';

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
export function noticeText(notice: Notice, language: Language, facts?: StatusFacts): string {
  return notice === 'status' && facts ? statusText(language, facts) : NOTICES[notice][language];
}

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

/** Why a turn failed, for its card: never anything internal. Unknown codes get the general sentence. */
export const failureReason = (code: string, language: Language): string => (FAILURES[code] ?? FAILURES.unknown!)[language];

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
  content_filter: { en: 'The AI service declined to answer this question.', zh: 'AI 服务拒绝回答该问题。' },
  not_published: {
    en: 'No expert answers here: an administrator must publish one for this bot.',
    zh: '此处尚无专家应答，请管理员为本机器人发布专家。',
  },
  too_many_attempts: {
    en: 'The answer could not be completed after many tries. Please try again later.',
    zh: '多次尝试后仍无法完成回答，请稍后重试。',
  },
  out_of_time: { en: 'The answer could not be completed in time. Please try again later.', zh: '未能在限定时间内完成回答，请稍后重试。' },
};

export const expiredReason: LocalizedText = {
  en: 'This question had waited too long and was not answered. Please ask again if it still matters.',
  zh: '该问题等待时间过长，未予回答；如仍需要请重新提问。',
};

export const emptyAnswer: LocalizedText = { en: 'The expert had nothing to say.', zh: '专家没有给出内容。' };
export const cutAnswer: LocalizedText = { en: 'The answer reached its length limit.', zh: '回答已达到长度上限。' };
