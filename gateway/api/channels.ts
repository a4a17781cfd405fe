import { z } from 'zod';
import type { AnyChannel, Mode } from '../../channels/channel';
import type { GatewayDeps } from '../deps';
import { availabilityIn, unavailable } from './availability';
import { formOf } from './masking';
import { type Operation, operation } from './operation';
import { listOf } from './paging';

const localized = z.object({ en: z.string(), zh: z.string() });
const form = z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema; secrets carry `secret: true`' });

const channelAnswer = z.object({
  name: z.string(),
  title: localized,
  modes: z.array(z.object({ name: z.string(), title: localized, recommended: z.boolean() })),
  config: z.record(z.string(), form).meta({ description: 'One form per mode' }),
  abilities: z.record(z.string(), z.unknown()),
  registers: z.boolean().meta({ description: 'It makes a bot for whoever scans a code: `POST channels/:name/register`' }),
  available: z.boolean().meta({ description: 'Integrations of it can be made in this organization' }),
  why: z.string().nullable().meta({ description: 'Why not, and whom to ask' }),
  reason: z.enum(unavailable).nullable().meta({ description: 'The same for programs' }),
});
const backendAnswer = z.object({
  ...{ name: z.string(), title: localized, config: form },
  package: z.string().nullable().meta({ description: 'The npm package it comes from; null = it comes with Parley' }),
});

/** The platforms that an integration may be made for. */
export const offeredChannels = ({ channels, config }: Pick<GatewayDeps, 'channels' | 'config'>): readonly AnyChannel[] =>
  channels.filter(({ name }) => name !== 'sandbox' || config.sandbox);

export const modeOf = (channel: AnyChannel | undefined, mode: string): Mode | undefined => channel?.modes.find(({ name }) => name === mode);

/** What can be connected: platforms on one side, AI services on the other. */
export const channelOperations = (deps: GatewayDeps): readonly Operation[] => [
  operation({
    ...{ method: 'get', path: '/channels', tag: 'Kinds', summary: 'Platforms, their modes and the settings each asks for' },
    ...{ status: 200, answer: listOf(channelAnswer) },
    async run({ scope }) {
      const standing = await availabilityIn(deps, scope);
      return {
        items: offeredChannels(deps).map((channel) => ({ ...presentChannel(channel), ...standing(channel.name) })),
        nextCursor: null,
      };
    },
  }),
  operation({
    ...{ method: 'get', path: '/backends', tag: 'Kinds', summary: 'AI services and the settings each asks for' },
    ...{ status: 200, answer: listOf(backendAnswer) },
    run: async () => ({
      items: deps.backends.map(({ name, title, config }) => ({
        ...{ name, title, config: formOf(config) },
        package: deps.packageOf?.(name, 'backend') ?? null,
      })),
      nextCursor: null,
    }),
  }),
];

const presentChannel = ({ name, title, modes, abilities, register }: AnyChannel) => ({
  ...{ name, title, abilities, registers: register !== undefined },
  modes: modes.map((mode) => ({ name: mode.name, title: mode.title, recommended: mode.recommended })),
  config: Object.fromEntries(modes.map((mode) => [mode.name, formOf(mode.config)])),
});
