import type { Abilities, AnyChannel, Mode } from './channel';
import { dingtalk } from './dingtalk';
import { lark } from './lark';
import { sandbox } from './sandbox';
import { wecom } from './wecom';

/** The platforms Parley speaks by itself. */
export const channels: readonly AnyChannel[] = [lark, dingtalk, wecom, sandbox];

export const findChannel = (name: string): AnyChannel | undefined => channels.find((channel) => channel.name === name);

/** What is missing from something that a package says is a channel; undefined where it is one. Whether it behaves, the contract tells. */
export function channelFlaw(given: unknown): string | undefined {
  const { name, title, modes, abilities, probe, messenger } = (given ?? {}) as Given;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,49}$/.test(name)) return 'its "name" must be lower-case letters, digits and hyphens';
  if (!isLocalized(title)) return 'its "title" must hold words in "en" and "zh"';
  if (!Array.isArray(modes) || modes.length === 0) return 'its "modes" must name at least one mode';
  if (typeof abilities !== 'object' || abilities === null) return 'its "abilities" are missing';
  const lacking = ABILITIES.find((ability) => !(ability in abilities));
  if (lacking) return `its "abilities" do not say "${lacking}"`;
  if (typeof probe !== 'function') return 'the function "probe" is missing';
  if (typeof messenger !== 'function') return 'the function "messenger" is missing';
  return modes.map((mode: unknown) => modeFlaw(mode, given as Given)).find((flaw) => flaw !== undefined);
}

type Given = Partial<Record<keyof AnyChannel, unknown>>;

function modeFlaw(given: unknown, { listen, receive }: Given): string | undefined {
  const { name, title, way, config } = (given ?? {}) as Partial<Record<keyof Mode, unknown>>;
  if (typeof name !== 'string' || !isLocalized(title)) return 'each of its modes needs a "name" and a "title"';
  // By its shape: a package may bring a zod of its own.
  if (typeof config !== 'object' || config === null || !('_zod' in config))
    return `the "config" of its mode "${name}" must be a zod 4 schema`;
  if (way !== 'listen' && way !== 'receive') return `the "way" of its mode "${name}" must be "listen" or "receive"`;
  return typeof (way === 'listen' ? listen : receive) === 'function' ? undefined : `its mode "${name}" needs the function "${way}"`;
}

const ABILITIES: readonly (keyof Abilities)[] = [
  ...(['cards', 'streaming', 'updateEveryMs', 'maxTextBytes', 'buttons', 'reactions', 'sends', 'repliesThroughConnection'] as const),
];

function isLocalized(title: unknown): boolean {
  const { en, zh } = (title ?? {}) as { readonly en?: unknown; readonly zh?: unknown };
  return typeof en === 'string' && typeof zh === 'string';
}
