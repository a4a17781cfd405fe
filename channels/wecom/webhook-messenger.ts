import type { Messenger, Ports } from '../channel';
import { createAppMessenger } from './app-messenger';
import type { WebhookConfig } from './config';
import { createBotMessenger } from './webhook-bot';
import { type WebhookTimes, webhookTimes } from './webhook-times';

/** The way out for whatever is called by webhook: a bot's streams, or an application's messages. */
export const createWebhookMessenger = (config: WebhookConfig, ports: Ports, times: WebhookTimes = webhookTimes): Messenger =>
  config.kind === 'app' ? createAppMessenger(config, ports, times) : createBotMessenger(config, ports, times);
