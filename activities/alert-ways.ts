import { createHmac } from 'node:crypto';
import type { Messenger } from '../channels/channel';
import type { AlertNews } from '../domain/alert';
import { AppError } from '../domain/errors';
import { type AlertConfigs, alertConfigs } from '../store/alert-settings';
import type { DueDelivery } from '../store/alerts';
import type { Integration } from '../store/integrations';

/** What alerts go out through. */
export interface AlertWays {
  readonly messengerFor: (integration: Integration) => Messenger;
  readonly findIntegration: (id: string) => Promise<Integration | undefined>;
  /** Whether a host is an address of the machine's own link, or a name that stands for one. */
  readonly pointsToOwnLink: (hostname: string) => Promise<boolean>;
  /** Sends by the mail server; undefined where none is configured. Rejects with an AppError that tells what to do. */
  readonly mail:
    | ((mail: { readonly to: readonly string[]; readonly subject: string; readonly text: string; readonly id: string }) => Promise<void>)
    | undefined;
}

/** One message, ready to go. */
export interface AlertMessage {
  /** The same for every try, so that whoever gets it twice can tell. */
  readonly id: string;
  readonly news: AlertNews;
  readonly link: string | undefined;
  readonly title: string;
  readonly text: string;
}

const TIMEOUT_MS = 10_000;

/** Sends one message. @throws AppError that tells the administrator what to do */
export async function sendAlert(ways: AlertWays, due: DueDelivery, message: AlertMessage): Promise<void> {
  if (due.channel === 'webhook') return await post(configOf('webhook', due), ways, due, message);
  if (due.channel === 'mail') return await mail(configOf('mail', due), ways.mail, message);
  await say(configOf('chat', due), ways, due, message);
}

function configOf<Name extends keyof AlertConfigs>(name: Name, { config }: DueDelivery): AlertConfigs[Name] {
  const parsed = alertConfigs[name].safeParse(config());
  if (!parsed.success) throw new AppError('bad_alert', 'The settings of this alert do not fit: save them again.');
  return parsed.data as AlertConfigs[Name];
}

/** Signed as the Standard Webhooks specification says, so that its libraries can verify it. */
async function post({ url, secret }: AlertConfigs['webhook'], ways: AlertWays, due: DueDelivery, message: AlertMessage): Promise<void> {
  if (await ways.pointsToOwnLink(new URL(url).hostname))
    throw new AppError('bad_alert', 'The address is a link-local one: choose another.');
  const body = JSON.stringify(payloadOf(due, message));
  const timestamp = Math.floor(Date.now() / 1000);
  const response = await fetch(url, {
    ...{ method: 'POST', redirect: 'manual', body, signal: AbortSignal.timeout(TIMEOUT_MS) },
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Parley',
      'webhook-id': message.id,
      'webhook-timestamp': String(timestamp),
      ...(secret && { 'webhook-signature': `v1,${signatureOf(secret, `${message.id}.${timestamp}.${body}`)}` }),
    },
  }).catch((error: unknown) => {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    throw new AppError('unreachable', timedOut ? 'The address does not answer in 10 s.' : 'The address cannot be reached.');
  });
  await response.body?.cancel();
  if (!response.ok) throw new AppError('refused', `The address answered with HTTP ${response.status}.`);
}

function signatureOf(secret: string, signed: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
  return createHmac('sha256', key).update(signed).digest('base64');
}

function payloadOf(due: DueDelivery, { id, news: { phase, incident }, link, title, text }: AlertMessage) {
  return {
    ...{ id, type: `alert.${phase}`, alert: due.rule, organization: { id: due.organizationId, name: due.organization }, title, text },
    link: link ?? null,
    incident: incident
      ? {
          ...{ id: due.incidentId, kind: incident.kind, reason: incident.reason },
          subject: { id: incident.subjectId, name: incident.subjectName },
          since: incident.since.toISOString(),
          ...{ endedAt: incident.endedAt?.toISOString() ?? null, endedBy: incident.endedBy },
        }
      : null,
  };
}

async function mail({ to }: AlertConfigs['mail'], send: AlertWays['mail'], { id, title, text }: AlertMessage): Promise<void> {
  if (!send) throw new AppError('no_mail', 'No mail server is configured: set PARLEY_SMTP_URL and PARLEY_MAIL_FROM.');
  await send({ to, subject: title, text, id });
}

async function say(config: AlertConfigs['chat'], ways: AlertWays, due: DueDelivery, { id, text }: AlertMessage): Promise<void> {
  const integration = await ways.findIntegration(config.integrationId);
  if (!integration || integration.organizationId !== due.organizationId)
    throw new AppError('bad_alert', 'The integration that this alert speaks through is gone: choose another.');
  if (!integration.enabled) throw new AppError('bad_alert', 'The integration that this alert speaks through is switched off.');
  await ways.messengerFor(integration).say({ chatId: config.chatId, kind: config.chatKind }, text, `alert/${id}`);
}
