import { createTransport } from 'nodemailer';
import { AppError } from '../domain/errors';
import type { MailSettings } from './mail-settings';

export interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** The same for every try, so that whoever gets it twice can tell. */
  readonly id: string;
}

/** Sends one mail. Rejects with an AppError that tells the administrator what to do. */
export type Mailer = (mail: Mail) => Promise<void>;

const TIMEOUT_MS = 10_000;

/** The way out to a mail server, with a connection of its own for each mail. */
export const createMailer =
  ({ url, from }: MailSettings): Mailer =>
  async ({ to, subject, text, id }) => {
    const transport = createTransport({
      ...{ url, connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    });
    try {
      const domain = /@([\w.-]+)/.exec(from)?.[1] ?? 'parley.invalid';
      await transport.sendMail({ from, to: [...to], subject, text, messageId: `<${id}@${domain}>` });
    } catch (error) {
      throw mailError(error);
    } finally {
      transport.close();
    }
  };

/** The server's own words can hold addresses. */
function mailError(error: unknown): AppError {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  if (code === 'EAUTH') return new AppError('refused', 'The mail server refused our name or password: mend PARLEY_SMTP_URL.');
  if (typeof responseCode === 'number') return new AppError('refused', `The mail server refused the message (SMTP ${responseCode}).`);
  return new AppError('unreachable', `The mail server cannot be reached (${typeof code === 'string' ? code : 'unknown'}).`);
}
