import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../domain/errors';
import type { Language } from '../domain/language';
import { type SignInMail, signInMail } from '../domain/sign-in-mail';
import { createMailer } from '../runtime/mail';
import type { GatewayDeps } from './deps';

export const mailAnswer = z
  .object({ sent: z.boolean(), problem: z.string().nullable().meta({ description: 'What to do about it' }) })
  .nullable()
  .meta({ description: 'Whether the link was mailed to the address; null where no mail server is set up' });

export type MailResult = z.output<typeof mailAnswer>;

/** Mails a link that lets its holder in; outside of transactions, for it takes its time. Never rejects: the link is good in any case. */
export async function mailLink(
  { config, log }: Pick<GatewayDeps, 'config' | 'log'>,
  to: string,
  mail: SignInMail,
  first: Language,
): Promise<MailResult> {
  if (!config.mail) return null;
  try {
    await createMailer(config.mail)({ ...signInMail(mail, first), to: [to], id: randomUUID() });
    return { sent: true, problem: null };
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'unknown';
    log.warn({ code, purpose: mail.purpose }, 'a sign-in link could not be mailed');
    return { sent: false, problem: error instanceof AppError ? error.message : 'The mail could not be sent: see the log.' };
  }
}
