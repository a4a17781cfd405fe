import { z } from 'zod';

export const FEISHU = 'https://open.feishu.cn';
export const LARKSUITE = 'https://open.larksuite.com';

const APP_ID = /^cli_[0-9a-fA-F]{16}$/;
export const isAppId = (text: string): boolean => APP_ID.test(text);

const NAMED: Readonly<Record<string, string>> = { feishu: FEISHU, larksuite: LARKSUITE };

/** The base URL that a `domain` setting means: no trailing slash; undefined when it is none we may call. */
export function baseUrl(domain: string): string | undefined {
  const named = NAMED[domain.trim().toLowerCase()];
  if (named) return named;
  const url = URL.parse?.(domain.trim()) ?? parse(domain.trim());
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search || url.hash) return undefined;
  return isLinkLocal(url.hostname) ? undefined : `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

// The parser has already turned 2852039166 and 0xa9.0xfe.1.1 into dotted form, and ::ffff:169.254.1.1 into ::ffff:a9fe:101.
const isLinkLocal = (host: string): boolean => /^169\.254\./.test(host) || /^\[(fe[89ab][0-9a-f]:|::ffff:a9fe:)/i.test(host);

const shared = {
  appId: z
    .string()
    .regex(APP_ID, 'An app id is cli_ followed by 16 characters; copy it from "Credentials & Basic Info".')
    .meta({ title: 'App ID', description: 'From "Credentials & Basic Info" of your app in the developer console.' }),
  appSecret: z.string().min(1).meta({ title: 'App Secret', description: 'Next to the App ID.', secret: true }),
  domain: z
    .string()
    .refine((value) => baseUrl(value) !== undefined, 'Use feishu, larksuite or an http(s) base URL that is not link-local.')
    .default(FEISHU)
    .meta({
      title: 'Domain',
      description: 'Feishu (China), Lark (international), or the base URL of a private deployment or proxy.',
      examples: [FEISHU, LARKSUITE],
    }),
};

export const longConnectionConfig = z.object(shared);

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
});

/** What both modes need, and what only the webhook has. */
export interface LarkConfig {
  readonly appId: string;
  readonly appSecret: string;
  readonly domain: string;
  readonly encryptKey?: string | undefined;
  readonly verificationToken?: string | undefined;
}
