import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { appearanceOf, footerFields } from '../../domain/card';
import type { Integration, IntegrationFields, SavedIntegration } from '../../store/integrations';
import type { GatewayDeps } from '../deps';
import { callbackUrl } from './callback';
import { modeOf, offeredChannels } from './channels';
import { moment, nameField, text, unfit } from './checking';
import { mergeSettings, type Settings } from './masking';
import { mergePeople, peopleAnswer, peopleChange, presentPeople } from './people-settings';
import { presentSettings, settingsAnswer } from './unreadable';

const settings = z.record(z.string(), z.unknown()).meta({
  description: "Fits the mode's form in `GET channels`. Merged by key: absent or `***` keeps a secret, null takes a setting away.",
});
const flag = (description: string) => z.boolean().nullable().optional().meta({ description });
const localized = z.strictObject({ en: text(100), zh: text(100) });
const appearance = z
  .strictObject({
    footer: z
      .array(z.enum(footerFields))
      .max(footerFields.length)
      .refine((fields) => new Set(fields).size === fields.length, 'must name each field once')
      .nullable()
      .optional()
      .meta({ description: 'What stands under an ended answer, in this order' }),
    aiLabel: localized.nullable().optional().meta({ description: "The words of the footer's `label`; null = Parley's own" }),
    reasoning: flag("The expert's thoughts are shown"),
    steps: flag("The expert's steps are shown"),
    feedback: flag('Answers can be rated'),
    stream: flag('The answer grows while the expert speaks; otherwise it comes in one piece'),
    card: flag('Answers are cards; otherwise plain messages at the end'),
    reaction: flag('The question gets a sign that it was received, where the platform can'),
  })
  .meta({ description: 'How answers look. Given fields change; null takes a field back to its default.' });
const shared = {
  name: nameField,
  channel: text(50),
  mode: text(50),
  config: settings,
  appearance,
  people: peopleChange,
  enabled: z.boolean(),
};

export const newIntegration = z.strictObject({
  ...shared,
  mode: shared.mode.optional().meta({ description: 'The recommended mode unless given' }),
  config: settings.default({}),
  appearance: appearance.default({}),
  people: peopleChange.default({}),
  enabled: z.boolean().default(true),
});
export const integrationChange = z.strictObject(shared).partial();

const appearanceAnswer = z.object({
  footer: z.array(z.enum(footerFields)),
  aiLabel: localized.nullable(),
  ...{ reasoning: z.boolean(), steps: z.boolean(), feedback: z.boolean() },
  ...{ stream: z.boolean(), card: z.boolean(), reaction: z.boolean() },
});

export const integrationAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  channel: z.string(),
  mode: z.string(),
  ...settingsAnswer,
  appearance: appearanceAnswer,
  people: peopleAnswer,
  enabled: z.boolean(),
  version: z.int().meta({ description: 'Rises with every change that concerns the connection' }),
  callbackUrl: z.string().optional().meta({ description: 'What to enter on the platform; in webhook mode only' }),
  createdAt: moment,
});

/** @param origin where the caller reaches us, for callback URLs where no public URL is configured */
export function presentIntegration(
  deps: GatewayDeps,
  { id, name, channel, mode, appearance, people, enabled, version, createdAt, ...settings }: Integration,
  origin: string,
) {
  const known = modeOf(
    deps.channels.find((one) => one.name === channel),
    mode,
  );
  return {
    ...{ id, name, channel, mode, ...presentSettings(known?.config, settings), appearance: appearanceOf(appearance), enabled, version },
    people: presentPeople(people),
    ...(known?.way === 'receive' && { callbackUrl: callbackUrl(deps, id, origin) }),
    createdAt: createdAt.toISOString(),
  };
}

/** The fields of a new integration, checked by its mode. @throws Refusal 422 */
export function createFields(deps: GatewayDeps, given: z.output<typeof newIntegration>): IntegrationFields {
  const channel = offeredChannels(deps).find(({ name }) => name === given.channel);
  const recommended = channel?.modes.find((one) => one.recommended) ?? channel?.modes[0];
  const mode = given.mode ?? recommended?.name ?? '';
  const config = checkConfig(deps, given.channel, mode, {}, given.config);
  return { ...given, mode, config, appearance: mergeLooks({}, given.appearance), people: mergePeople({}, given.people) };
}

/** What a change makes of an integration, and whether its connection is concerned. @throws Refusal 422 */
export function changeFields(
  deps: GatewayDeps,
  current: Integration,
  given: z.output<typeof integrationChange>,
): { fields: SavedIntegration; reconnect: boolean } {
  const { name = current.name, channel = current.channel, mode = current.mode, enabled = current.enabled } = given;
  const concerned = given.channel !== undefined || given.mode !== undefined || given.config !== undefined;
  // Credentials of one platform are nothing to another.
  const kept = channel === current.channel ? current.config : {};
  const known = current.unreadable ? undefined : current.config;
  const config = concerned ? checkConfig(deps, channel, mode, kept, given.config ?? {}) : known;
  const reconnect = channel !== current.channel || mode !== current.mode || !isDeepStrictEqual(config, known);
  return {
    fields: {
      ...{ name, channel, mode, enabled, appearance: mergeLooks(current.appearance, given.appearance ?? {}) },
      ...(config && { config }),
      ...(given.people && { people: mergePeople(current.people, given.people) }),
    },
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
