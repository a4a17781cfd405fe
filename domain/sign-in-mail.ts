import type { Language, LocalizedText } from './language';

/** A link that lets its holder in, before it is put into words. */
export interface SignInMail {
  readonly purpose: 'invitation' | 'reset';
  /** Organization or tenant it opens. */
  readonly place: string;
  /** Who had it sent; undefined for whoever asked for it on the sign-in page. */
  readonly by?: string | undefined;
  readonly url: string;
  readonly expiresAt: Date;
}

/** The mail in both languages, for nobody knows which one its reader prefers. @param first of whoever had it sent */
export function signInMail(mail: SignInMail, first: Language): { readonly subject: string; readonly text: string } {
  const order: readonly Language[] = first === 'zh' ? ['zh', 'en'] : ['en', 'zh'];
  const values: Readonly<Record<string, string>> = {
    ...{ place: mail.place, by: mail.by ?? '', url: mail.url },
    until: `${mail.expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  };
  const say = (phrase: LocalizedText, language: Language): string =>
    phrase[language].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  const body = mail.purpose === 'invitation' ? INVITED : mail.by === undefined ? FORGOTTEN : RESET;
  const parts = order.map((language) => [say(body, language), mail.url, say(UNTIL, language)].join('\n\n'));
  return { subject: order.map((language) => say(SUBJECTS[mail.purpose], language)).join(' · '), text: `${parts.join('\n\n—\n\n')}\n` };
}

const SUBJECTS: Readonly<Record<SignInMail['purpose'], LocalizedText>> = {
  invitation: { en: 'Invitation to {place} on Parley', zh: '邀请加入 Parley：{place}' },
  reset: { en: 'New password for Parley', zh: '设置 Parley 新密码' },
};
const INVITED: LocalizedText = {
  en: '{by} invites you to administer {place} on Parley. Open this link to choose a password:',
  zh: '{by} 邀请你在 Parley 中管理 {place}。请打开以下链接设置密码：',
};
const RESET: LocalizedText = {
  en: '{by} lets you set a new password for {place} on Parley. Open this link:',
  zh: '{by} 为你生成了重设 Parley（{place}）密码的链接，请打开：',
};
const FORGOTTEN: LocalizedText = {
  en: 'Somebody, probably you, wants to set a new password for {place} on Parley. Open this link; if it was not you, do nothing: your password stays as it is.',
  zh: '有人（可能是你本人）请求重设 Parley（{place}）的密码，请打开以下链接；如非本人操作，请忽略本邮件，密码不会改变。',
};
const UNTIL: LocalizedText = { en: 'The link works once, until {until}.', zh: '链接仅可使用一次，有效期至 {until}。' };
