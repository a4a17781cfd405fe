import { z } from 'zod';

/** The server that mail to administrators goes through. */
export interface MailSettings {
  /** `smtps://user:password@host:port` or `smtp://…`. */
  readonly url: string;
  readonly from: string;
}

const smtpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol), 'is not the address of a mail server')
  .describe('Use smtps://user:password@smtp.example.com:465 or smtp://….');

export const mailVariables = { PARLEY_SMTP_URL: smtpUrl.optional(), PARLEY_MAIL_FROM: z.string().optional() };

/** undefined unless both are set. */
export const mailSettings = (values: z.infer<z.ZodObject<typeof mailVariables>>): MailSettings | undefined =>
  values.PARLEY_SMTP_URL && values.PARLEY_MAIL_FROM ? { url: values.PARLEY_SMTP_URL, from: values.PARLEY_MAIL_FROM } : undefined;
