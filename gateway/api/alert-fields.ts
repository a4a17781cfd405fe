import { z } from 'zod';
import { type AlertChannel, alertChannels, alertKinds } from '../../domain/alert';
import { isLinkLocal } from '../../domain/link-local';
import { alertConfigs } from '../../store/alert-settings';
import type { Alert, AlertDelivery, AlertFields, RuledDelivery, SavedAlert } from '../../store/alerts';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { moment, nameField, unfit } from './checking';
import { mergeSettings, type Settings } from './masking';
import { pageQuery } from './paging';
import { presentSettings, settingsAnswer } from './unreadable';

const channel = z.enum(alertChannels);
const config = z.record(z.string(), z.unknown()).meta({
  description:
    'webhook: `{url, secret}` · mail: `{to: [address]}` · chat: `{integrationId, chatId, chatKind}`. Merged by key: absent or `***` keeps a secret.',
});
const kinds = z
  .array(z.enum(alertKinds))
  .min(1, 'must name at least one kind')
  .max(alertKinds.length)
  .meta({ description: 'What is told of, each once when it begins and once when it is over' });
const language = z.enum(['en', 'zh']);
const downAfterSeconds = z.int().min(10).max(86_400).meta({ description: 'An integration that is not connected for so long is down' });
const failuresInRow = z.int().min(1).max(100).meta({ description: 'An expert whose last so many answers all failed is failing' });
const shared = { name: nameField, config, kinds, language, downAfterSeconds, failuresInRow, enabled: z.boolean() };

export const newAlert = z.strictObject({
  ...shared,
  channel,
  kinds: kinds.default([...alertKinds]),
  language: language.default('en'),
  downAfterSeconds: downAfterSeconds.default(60),
  failuresInRow: failuresInRow.default(5),
  enabled: z.boolean().default(true),
});
export const alertChange = z.strictObject(shared).partial();

export const alertAnswer = z.object({
  ...{ id: z.uuid(), ...shared, channel, createdAt: moment },
  ...settingsAnswer,
});

export const deliveryAnswer = z.object({
  ...{ id: z.uuid(), at: moment, phase: z.enum(['raised', 'recovered', 'test']), state: z.enum(['pending', 'sent', 'failed']) },
  ...{ attempts: z.int(), error: z.string().nullable().meta({ description: 'What went wrong last' }) },
  ...{ nextTryAt: moment.nullable(), sentAt: moment.nullable() },
  incident: z
    .object({ kind: z.enum(alertKinds), subject: z.object({ id: z.uuid(), name: z.string() }), since: moment, endedAt: moment.nullable() })
    .nullable(),
});

export const ruledDeliveryAnswer = deliveryAnswer.extend({
  alert: z.object({
    ...{ id: z.uuid(), name: z.string(), channel },
    to: z.string().meta({ description: "As the rule says now: the webhook's host, the addresses, or the platform's id of the chat" }),
  }),
});
export const deliveryQuery = pageQuery.extend({ state: deliveryAnswer.shape.state.optional() });

export const presentAlert = ({ id, name, channel: way, kinds: of, createdAt, ...rest }: Alert) => ({
  ...{ id, name, channel: way, ...presentSettings(alertConfigs[way], rest), kinds: of, language: rest.language },
  ...{ downAfterSeconds: rest.downAfterSeconds, failuresInRow: rest.failuresInRow, enabled: rest.enabled },
  createdAt: createdAt.toISOString(),
});

export const presentDelivery = ({ id, phase, state, attempts, error, nextAt, createdAt, sentAt, ...of }: AlertDelivery) => ({
  ...{ id, at: createdAt.toISOString(), phase, state, attempts, error },
  ...{ nextTryAt: state === 'pending' ? nextAt.toISOString() : null, sentAt: sentAt?.toISOString() ?? null },
  incident:
    of.kind && of.subjectId && of.since
      ? {
          ...{ kind: of.kind, subject: { id: of.subjectId, name: of.subjectName ?? '' } },
          ...{ since: of.since.toISOString(), endedAt: of.endedAt?.toISOString() ?? null },
        }
      : null,
});

export const presentRuledDelivery = (delivery: RuledDelivery) => ({
  ...presentDelivery(delivery),
  alert: { id: delivery.alertId, name: delivery.rule, channel: delivery.channel, to: targetOf(delivery.config) },
});

function targetOf({ url, to, chatId }: Settings): string {
  if (Array.isArray(to)) return to.join(', ');
  if (typeof url === 'string' && URL.canParse(url)) return new URL(url).host;
  return typeof chatId === 'string' ? chatId : '';
}

/** @throws Refusal 422 */
export const newAlertFields = async (deps: GatewayDeps, scope: Scope, given: z.output<typeof newAlert>): Promise<AlertFields> => ({
  ...given,
  config: await checkAlertConfig(deps, scope, given.channel, {}, given.config),
});

/** @throws Refusal 422 */
export async function changedAlert(
  deps: GatewayDeps,
  scope: Scope,
  { id: _, createdAt: __, config, unreadable, ...current }: Alert,
  given: z.output<typeof alertChange>,
): Promise<SavedAlert> {
  const { name, kinds: of, language: tongue, downAfterSeconds: down, failuresInRow: failures, enabled } = given;
  return {
    ...current,
    ...(!unreadable && { config }),
    ...(name !== undefined && { name }),
    ...(of !== undefined && { kinds: of }),
    ...(tongue !== undefined && { language: tongue }),
    ...(down !== undefined && { downAfterSeconds: down }),
    ...(failures !== undefined && { failuresInRow: failures }),
    ...(enabled !== undefined && { enabled }),
    // What it speaks through may be gone since it was switched off.
    ...((given.config || (enabled && !current.enabled)) && {
      config: await checkAlertConfig(deps, scope, current.channel, config, given.config ?? {}),
    }),
  };
}

/** @throws Refusal 422: also where this installation or organization lacks what the way needs */
export async function checkAlertConfig(
  { config: own, store }: GatewayDeps,
  scope: Scope,
  way: AlertChannel,
  current: Settings,
  given: Settings,
): Promise<Settings> {
  const merged = mergeSettings(alertConfigs[way] as z.ZodType<Settings>, current, given);
  if (way === 'webhook' && isLinkLocal(new URL(String(merged.url)).hostname))
    throw unfit([{ path: 'config.url', message: 'must not be a link-local address' }]);
  if (way === 'mail' && !own.mail)
    throw unfit([
      { path: 'channel', message: 'is not possible here: no mail server is configured (PARLEY_SMTP_URL and PARLEY_MAIL_FROM)' },
    ]);
  if (way === 'chat' && !(await store.integrations.get(scope, String(merged.integrationId))))
    throw unfit([{ path: 'config.integrationId', message: 'is no integration of this organization' }]);
  return merged;
}
