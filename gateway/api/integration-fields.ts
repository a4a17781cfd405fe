import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Integration, IntegrationFields } from '../../store/integrations';
import type { GatewayDeps } from '../deps';
import { modeOf, offeredChannels } from './channels';
import { moment, nameField, text, unfit } from './checking';
import { mask, mergeSettings, type Settings } from './masking';

const settings = z.record(z.string(), z.unknown()).meta({
  description: "Fits the mode's form in `GET channels`. Merged by key: absent or `***` keeps a secret, null takes a setting away.",
});
const look = z.union([z.string().max(500), z.number(), z.boolean(), z.array(text(100)).max(20)]);
const appearance = z
  .record(text(50), look.nullable())
  .refine((looks) => Object.keys(looks).length <= 30, 'holds at most 30 fields')
  .refine(
    (looks) => Object.values(looks).every((value) => typeof value !== 'string' || text(500, 0).safeParse(value).success),
    'must hold well-formed text',
  )
  .meta({ description: 'How answers look: `card`, `stream`, `footer` …; null takes a field away.' });

const shared = { name: nameField, channel: text(50), mode: text(50), config: settings, appearance, enabled: z.boolean() };

export const newIntegration = z.strictObject({
  ...shared,
  mode: shared.mode.optional().meta({ description: 'The recommended mode unless given' }),
  config: settings.default({}),
  appearance: appearance.default({}),
  enabled: z.boolean().default(true),
});
export const integrationChange = z.strictObject(shared).partial();

export const integrationAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  channel: z.string(),
  mode: z.string(),
  config: z.record(z.string(), z.unknown()).meta({ description: 'Secrets are shown as `***`.' }),
  appearance: z.record(z.string(), z.unknown()),
  enabled: z.boolean(),
  version: z.int().meta({ description: 'Rises with every change that concerns the connection' }),
  callbackUrl: z.string().optional().meta({ description: 'What to enter on the platform; in webhook mode only' }),
  createdAt: moment,
});

/** @param origin where the caller reaches us, for callback URLs where no public URL is configured */
export function presentIntegration(
  deps: GatewayDeps,
  { id, name, channel, mode, config, appearance, enabled, version, createdAt }: Integration,
  origin: string,
) {
  const known = modeOf(
    deps.channels.find((one) => one.name === channel),
    mode,
  );
  return {
    ...{ id, name, channel, mode, config: mask(known?.config, config), appearance, enabled, version },
    ...(known?.way === 'receive' && { callbackUrl: `${deps.config.publicUrl ?? origin}/webhooks/${id}` }),
    createdAt: createdAt.toISOString(),
  };
}

/** The fields of a new integration, checked by its mode. @throws Refusal 422 */
export function createFields(deps: GatewayDeps, given: z.output<typeof newIntegration>): IntegrationFields {
  const channel = offeredChannels(deps).find(({ name }) => name === given.channel);
  const recommended = channel?.modes.find((one) => one.recommended) ?? channel?.modes[0];
  const mode = given.mode ?? recommended?.name ?? '';
  return { ...given, mode, config: checkConfig(deps, given.channel, mode, {}, given.config), appearance: mergeLooks({}, given.appearance) };
}

/** What a change makes of an integration, and whether its connection is concerned. @throws Refusal 422 */
export function changeFields(
  deps: GatewayDeps,
  current: Integration,
  given: z.output<typeof integrationChange>,
): { fields: IntegrationFields; reconnect: boolean } {
  const { name = current.name, channel = current.channel, mode = current.mode, enabled = current.enabled } = given;
  const concerned = given.channel !== undefined || given.mode !== undefined || given.config !== undefined;
  // Credentials of one platform are nothing to another.
  const kept = channel === current.channel ? current.config : {};
  const config = concerned ? checkConfig(deps, channel, mode, kept, given.config ?? {}) : current.config;
  const reconnect = channel !== current.channel || mode !== current.mode || !isDeepStrictEqual(config, current.config);
  return {
    fields: { name, channel, mode, config, enabled, appearance: mergeLooks(current.appearance, given.appearance ?? {}) },
    reconnect,
  };
}

function checkConfig(deps: GatewayDeps, channelName: string, modeName: string, current: Settings, given: Settings): Settings {
  const channel = offeredChannels(deps).find(({ name }) => name === channelName);
  if (!channel)
    throw unfit([
      {
        path: 'channel',
        message: `is not one of: ${offeredChannels(deps)
          .map(({ name }) => name)
          .join(', ')}`,
      },
    ]);
  const mode = modeOf(channel, modeName);
  if (!mode) throw unfit([{ path: 'mode', message: `is not one of: ${channel.modes.map(({ name }) => name).join(', ')}` }]);
  return mergeSettings(mode.config as z.ZodType<Settings>, current, given);
}

const mergeLooks = (current: Settings, given: Settings): Settings =>
  Object.fromEntries(Object.entries({ ...current, ...given }).filter(([, value]) => value !== null));
