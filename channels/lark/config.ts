import { z } from 'zod';
import { baseUrl } from '../base-url';

export const FEISHU = 'https://open.feishu.cn';
export const LARKSUITE = 'https://open.larksuite.com';

const APP_ID = /^cli_[0-9a-fA-F]{16}$/;
export const isAppId = (text: string): boolean => APP_ID.test(text);

const NAMED: Readonly<Record<string, string>> = { feishu: FEISHU, larksuite: LARKSUITE };

/** The base URL that a `domain` setting means; undefined when it is none we may call. */
export const baseUrlOf = (domain: string): string | undefined => NAMED[domain.trim().toLowerCase()] ?? baseUrl(domain);

const shared = {
  appId: z
    .string()
    .regex(APP_ID, 'An app id is cli_ followed by 16 characters; copy it from "Credentials & Basic Info".')
    .meta({ title: 'App ID', description: 'From "Credentials & Basic Info" of your app in the developer console.' }),
  appSecret: z.string().min(1).meta({ title: 'App Secret', description: 'Next to the App ID.', secret: true }),
  domain: z
    .string()
    .refine((value) => baseUrlOf(value) !== undefined, 'Use feishu, larksuite or an http(s) base URL that is not link-local.')
    .default(FEISHU)
    .meta({
      title: 'Domain',
      description: 'Feishu (China), Lark (international), or the base URL of a private deployment or proxy.',
      examples: [FEISHU, LARKSUITE],
    }),
};

const welcome = z.string().min(1).max(600).optional().meta({
  title: 'Welcome text',
  description: 'Said to a person who opens the chat with the bot, and in a group it is added to; at most once a day.',
});

export const longConnectionConfig = z.object({ ...shared, welcome });

export const webhookConfig = z.object({
  ...shared,
  encryptKey: z
    .string()
    .min(1)
    .meta({ title: 'Encrypt Key', description: 'From "Events & Callbacks", "Encryption Strategy"; it signs every call.', secret: true }),
  verificationToken: z
    .string()
    .min(1)
    .meta({ title: 'Verification Token', description: 'Below the Encrypt Key; every call must carry it.', secret: true }),
  welcome,
});

/** What both modes need, and what only the webhook has. */
export interface LarkConfig {
  readonly appId: string;
  readonly appSecret: string;
  readonly domain: string;
  readonly encryptKey?: string | undefined;
  readonly verificationToken?: string | undefined;
  readonly welcome?: string | undefined;
}
