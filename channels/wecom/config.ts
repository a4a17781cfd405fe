import { z } from 'zod';
import { isLinkLocal } from '../../domain/link-local';

/** Settings of a bot that is reached over a socket of ours. */
export interface LongConnectionConfig {
  readonly botId: string;
  readonly secret: string;
  /** Another address than WeCom's own: a private deployment or proxy. */
  readonly wsUrl?: string | undefined;
  /** Said to whoever opens the chat for the first time in a day. */
  readonly welcome?: string | undefined;
}

/** Settings of a bot that calls us. */
export interface BotConfig {
  readonly kind: 'bot';
  readonly token: string;
  readonly encodingAesKey: string;
  readonly botId?: string | undefined;
  /** Another address than WeCom's own, for files and late answers: a private deployment or proxy. */
  readonly apiBase?: string | undefined;
  readonly welcome?: string | undefined;
}

/** Settings of a self-built application that calls us. */
export interface AppConfig {
  readonly kind: 'app';
  readonly token: string;
  readonly encodingAesKey: string;
  readonly corpId: string;
  readonly corpSecret: string;
  readonly agentId: number;
  /** Another address than WeCom's own: a private deployment or proxy. */
  readonly apiBase?: string | undefined;
  readonly welcome?: string | undefined;
}

export type WebhookConfig = BotConfig | AppConfig;
export type WecomConfig = LongConnectionConfig | WebhookConfig;

export const isWebhook = (config: WecomConfig): config is WebhookConfig => 'kind' in config;

/** Whether we may call this address: one of these protocols, no credentials in it, not link-local. */
export function isCallable(text: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash, hostname } = new URL(text);
  return protocols.includes(protocol) && !username && !password && !hash && !isLinkLocal(hostname);
}

// Media of bots lie in buckets of WeCom's own.
const OWN_HOSTS = /^(?:[a-z0-9-]+\.)*(?:(?:work|qyapi)\.weixin\.qq\.com|qpic\.cn)$|^ww-aibot-[a-z0-9-]+\.cos\.[a-z0-9-]+\.myqcloud\.com$/;

/**
 * Whether an address that came inside an event is WeCom's own, or on the host of a setting of ours.
 * @param bases settings such as `wsUrl`
 */
export function isPlatformUrl(text: string, ...bases: readonly (string | undefined)[]): boolean {
  if (!isCallable(text, ['https:', 'http:'])) return false;
  const { hostname, host, protocol } = new URL(text);
  if (bases.some((base) => base !== undefined && URL.canParse(base) && new URL(base).host === host)) return true;
  return protocol === 'https:' && OWN_HOSTS.test(hostname);
}

const address = (protocols: readonly string[], description: string, title: string, example: string) =>
  z
    .string()
    .refine((value) => isCallable(value, protocols), `Use an address that begins with ${protocols.join('// or ')}// and is not link-local.`)
    .optional()
    .meta({ title, description, examples: [example] });

const welcome = z
  .string()
  .min(1)
  .max(600)
  .optional()
  .meta({ title: 'Welcome text', description: 'Said to a person who opens the chat with the bot, at most once a day.' });

export const longConnectionConfig = z.object({
  botId: z.string().min(1).meta({ title: 'Bot ID', description: 'From the API settings of the bot, connection by long connection.' }),
  secret: z.string().min(1).meta({ title: 'Secret', description: 'Next to the Bot ID.', secret: true }),
  wsUrl: address(['wss:', 'ws:'], 'Only for private deployments and proxies.', 'Address', 'wss://openws.work.weixin.qq.com'),
  welcome,
});

const callback = {
  token: z.string().min(1).max(64).meta({ title: 'Token', description: 'From "receive messages" in the WeCom console.', secret: true }),
  encodingAesKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}$/, 'An EncodingAESKey has 43 letters and digits; copy it from "receive messages".')
    .meta({ title: 'EncodingAESKey', description: 'Next to the Token.', secret: true }),
};

const botConfig = z.object({
  kind: z.literal('bot').meta({ title: 'Intelligent bot' }),
  ...callback,
  botId: z.string().min(1).optional().meta({ title: 'Bot ID', description: 'When given, calls for other bots are refused.' }),
  apiBase: address(['https:', 'http:'], 'Only for private deployments and proxies.', 'API address', 'https://qyapi.weixin.qq.com'),
  welcome,
});

const appConfig = z.object({
  kind: z.literal('app').meta({ title: 'Self-built application' }),
  ...callback,
  corpId: z.string().min(1).meta({ title: 'Corp ID', description: 'From "My company" in the WeCom console.' }),
  corpSecret: z.string().min(1).meta({ title: 'Secret', description: 'From the page of the application.', secret: true }),
  agentId: z
    .union([
      z.int().nonnegative(),
      z
        .string()
        .regex(/^\d{1,10}$/)
        .transform(Number),
    ])
    .meta({ title: 'Agent ID', description: 'From the page of the application.' }),
  apiBase: address(['https:', 'http:'], 'Only for private deployments and proxies.', 'API address', 'https://qyapi.weixin.qq.com'),
  welcome,
});

export const webhookConfig = z.discriminatedUnion('kind', [botConfig, appConfig]);
