import type { Words } from '../words';

/** What became of the mail with a link; null where none can be sent. */
export type Mailed = { readonly sent: boolean; readonly problem: string | null } | null;

/** Who has to hand the link over. */
export function mailHint(mail: Mailed, { settings: { members } }: Words): string {
  if (!mail) return members.linkHint;
  return mail.sent ? members.mailed : members.notMailed(mail.problem ?? '');
}
