import { z } from 'zod';
import { baseUrl } from '../base-url';

export const API = 'https://api.dingtalk.com';
export const OAPI = 'https://oapi.dingtalk.com';
/** DingTalk's own AI card, free for every app. */
export const PUBLIC_TEMPLATE = '382e4302-551d-4880-bf29-a30acfab2e71.schema';

/** What most robots are granted over all of their interfaces; the platform says no exact number, and more can be bought. */
export const CALLS_PER_SECOND = 20;

const OWN_HOSTS = /(^|\.)dingtalk\.com$/;
/** Files lie in its cloud storage. */
const FILE_HOSTS = /(^|\.)(dingtalk\.com|aliyuncs\.com|alicdn\.com)$/;

/**
 * Whether an address that came inside a message or an answer may be called: over TLS on the platform's hosts, or exactly on an origin of the settings.
 */
export function mayCall(config: Pick<DingTalkConfig, 'apiBase' | 'oapiBase'>, address: string, what: 'answer' | 'file'): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username || url.password) return false;
  if ([config.apiBase, config.oapiBase].some((base) => URL.canParse(base) && new URL(base).origin === url.origin)) return true;
  return url.protocol === 'https:' && url.port === '' && (what === 'file' ? FILE_HOSTS : OWN_HOSTS).test(url.hostname);
}

const base = (url: string, title: string, description: string) =>
  z
    .string()
    .refine((value) => baseUrl(value) !== undefined, 'Use an http(s) base URL that is not link-local.')
    .default(url)
    .meta({ title, description, examples: [url] });

const optional = (title: string, description: string) => z.string().optional().meta({ title, description });

const shared = {
  clientId: z
    .string()
    .min(1)
    .meta({ title: 'Client ID', description: 'From "Credentials and Basic Info" of your app in the developer console (formerly AppKey).' }),
  clientSecret: z
    .string()
    .min(1)
    .meta({ title: 'Client Secret', description: 'Next to the Client ID (formerly AppSecret).', secret: true }),
  robotCode: optional('Robot code', 'From the page "Robot"; leave empty where it equals the Client ID.'),
  corpId: optional('Corp ID', 'Your organization; when given, messages of other organizations are refused.'),
  cardTemplateId: optional('Card template', "Id of a card template of your own; leave empty for DingTalk's public AI card."),
  welcome: z
    .string()
    .min(1)
    .max(600)
    .optional()
    .meta({ title: 'Welcome text', description: 'Said in a private chat once, before the first answer.' }),
  callsPerSecond: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .meta({
      title: 'Calls per second',
      description: `What DingTalk grants this app; leave empty for ${CALLS_PER_SECOND}. Where it grants less Parley finds that out by itself.`,
      examples: [CALLS_PER_SECOND, 50],
    }),
  apiBase: base(API, 'API base URL', 'Only for proxies and private deployments.'),
  oapiBase: base(OAPI, 'Legacy API base URL', 'Only for proxies and private deployments.'),
};

export const streamConfig = z.strictObject(shared);

export const webhookConfig = z.strictObject({
  ...shared,
  token: z.string().min(1).meta({ title: 'Token', description: 'From "Event subscription"; it signs every call.', secret: true }),
  aesKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}$/, 'The AES key has 43 characters.')
    .meta({ title: 'AES key', description: 'Next to the token; events are encrypted with it.', secret: true }),
  callbackRouteKey: optional(
    'Card callback route',
    'The route key under which card callbacks were registered; without it cards show no buttons.',
  ),
});

/** What both modes need, and what only the webhook has. */
export interface DingTalkConfig {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly robotCode?: string | undefined;
  readonly corpId?: string | undefined;
  readonly cardTemplateId?: string | undefined;
  readonly welcome?: string | undefined;
  readonly callsPerSecond?: number | undefined;
  readonly apiBase: string;
  readonly oapiBase: string;
  readonly token?: string | undefined;
  readonly aesKey?: string | undefined;
  readonly callbackRouteKey?: string | undefined;
}

/** Whether the card has a variable for what only who pressed a button shall read. */
export const hasToast = ({ cardTemplateId }: DingTalkConfig): boolean => Boolean(cardTemplateId) && cardTemplateId !== PUBLIC_TEMPLATE;

/** For apps made in a company the robot code is the Client ID. */
export const robotCodeOf = ({ robotCode, clientId }: DingTalkConfig): string => robotCode || clientId;
