import type { Language, LocalizedText } from './language';

/** What administrators are told of. */
export const alertKinds = [
  'integration_parked',
  'integration_down',
  'events_unended',
  'expert_failing',
  'spending_near',
  'spending_reached',
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** Ways an alert goes out. */
export const alertChannels = ['webhook', 'mail', 'chat'] as const;
export type AlertChannel = (typeof alertChannels)[number];

/** `raised` and `recovered` are told once for each incident; `test` is somebody trying the rule out. */
export type AlertPhase = 'raised' | 'recovered' | 'test';

/** How an incident came to its end. */
export type AlertEnd = 'recovered' | 'disabled' | 'deleted' | 'unwatched';

/** One message about one incident, before it is put into words. */
export interface AlertNews {
  readonly phase: AlertPhase;
  /** The rule's name. */
  readonly rule: string;
  readonly organization: string;
  readonly organizationId: string;
  readonly incident?: {
    readonly kind: AlertKind;
    readonly subjectId: string;
    readonly subjectName: string;
    readonly reason: string | null;
    readonly since: Date;
    readonly endedAt: Date | null;
    readonly endedBy: AlertEnd | null;
  };
}

/**
 * Page of the console where the trouble is looked at, below its address; undefined where no address is known. It names the organization, for
 * whoever belongs to several would see the one they looked at last.
 */
export function alertLink({ incident, organizationId }: AlertNews, consoleUrl: string): string | undefined {
  return consoleUrl === '' ? undefined : `${consoleUrl}#/${pageOf(incident)}?organization=${organizationId}`;
}

function pageOf(incident: AlertNews['incident']): string {
  if (!incident) return '';
  if (incident.kind === 'events_unended') return 'conversations/unended';
  if (incident.kind === 'spending_near' || incident.kind === 'spending_reached') return 'usage';
  return `${incident.kind === 'expert_failing' ? 'experts' : 'integrations'}/${incident.subjectId}`;
}

/** The message in words: one line that says what is wrong, then where and since when. */
export function alertWords(
  news: AlertNews,
  language: Language,
  link: string | undefined,
): { readonly title: string; readonly text: string } {
  const say = (phrase: LocalizedText, values: Readonly<Record<string, string>> = {}): string =>
    phrase[language].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  const { incident, phase } = news;
  const name = incident?.subjectName ?? news.rule;
  const title = say(titleOf(news), { name });
  const lines = [
    title,
    say(PLACE, { organization: news.organization, rule: news.rule }),
    ...(phase === 'raised' && incident?.reason ? [say(REASON, { reason: incident.reason })] : []),
    ...(incident ? [say(SINCE, { since: incident.since.toISOString() })] : []),
    ...(incident?.endedAt ? [say(UNTIL, { until: incident.endedAt.toISOString() })] : []),
    ...(link ? [link] : []),
  ];
  return { title, text: lines.join('\n') };
}

function titleOf({ phase, incident }: AlertNews): LocalizedText {
  if (phase === 'test' || !incident) return TEST;
  if (phase === 'raised') return RAISED[incident.kind];
  return incident.endedBy === 'disabled' || incident.endedBy === 'deleted' ? REMOVED[incident.endedBy] : RECOVERED[incident.kind];
}

const RAISED: Readonly<Record<AlertKind, LocalizedText>> = {
  integration_parked: { en: '🔴 {name} is stopped: somebody has to act', zh: '🔴 {name} 已停止，需要管理员处理' },
  integration_down: { en: '🔴 {name} is not connected', zh: '🔴 {name} 未连接' },
  events_unended: { en: '🔴 Questions that nobody works on', zh: '🔴 有消息无人处理' },
  expert_failing: { en: '🔴 {name} fails again and again', zh: '🔴 {name} 连续回答失败' },
  spending_near: { en: '🟠 {name}: 80 % of the limit is used', zh: '🟠 {name}：用量已达上限的 80%' },
  spending_reached: { en: '🔴 {name}: the limit is reached', zh: '🔴 {name}：用量已达上限' },
};
const RECOVERED: Readonly<Record<AlertKind, LocalizedText>> = {
  integration_parked: { en: '🟢 {name} is connected again', zh: '🟢 {name} 已恢复连接' },
  integration_down: { en: '🟢 {name} is connected again', zh: '🟢 {name} 已恢复连接' },
  events_unended: { en: '🟢 Every question is being worked on again', zh: '🟢 所有消息均已恢复处理' },
  expert_failing: { en: '🟢 {name} answers again', zh: '🟢 {name} 已恢复回答' },
  spending_near: { en: '🟢 {name}: below 80 % of the limit again', zh: '🟢 {name}：用量已回到上限的 80% 以下' },
  spending_reached: { en: '🟢 {name}: below the limit again', zh: '🟢 {name}：用量已回到上限以下' },
};
const REMOVED: Readonly<Record<'disabled' | 'deleted', LocalizedText>> = {
  disabled: { en: '⚪ {name} was switched off', zh: '⚪ {name} 已停用' },
  deleted: { en: '⚪ {name} was deleted', zh: '⚪ {name} 已删除' },
};
const TEST: LocalizedText = { en: '🔔 A test: the alert "{name}" arrives', zh: '🔔 测试：告警“{name}”可以送达' };
const PLACE: LocalizedText = { en: 'Organization: {organization} (alert "{rule}")', zh: '组织：{organization}（告警“{rule}”）' };
const REASON: LocalizedText = { en: 'Reason: {reason}', zh: '原因：{reason}' };
const SINCE: LocalizedText = { en: 'Since: {since}', zh: '开始时间：{since}' };
const UNTIL: LocalizedText = { en: 'Until: {until}', zh: '结束时间：{until}' };
