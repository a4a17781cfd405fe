import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type ZodType, z } from 'zod';
import { backendFlaw, backends as ownBackends } from '../agents';
import type { AnyBackend } from '../agents/backend';
import { channelFlaw, channels as ownChannels } from '../channels';
import type { AnyChannel } from '../channels/channel';
import { ConfigError } from '../domain/errors';
import { adoptBackend, adoptChannel } from './plugin-errors';

/** Every channel and backend of this process: those of Parley and those of packages. */
export interface Plugins {
  readonly channels: readonly AnyChannel[];
  readonly backends: readonly AnyBackend[];
  readonly findChannel: (name: string) => AnyChannel | undefined;
  readonly findBackend: (name: string) => AnyBackend | undefined;
  /** Where a channel, or a backend, comes from; undefined for those of Parley. */
  readonly packageOf: (name: string, kind?: 'channel' | 'backend') => string | undefined;
}

/**
 * Loads packages by name, as code in `from` would: each exports a `channel`, a `backend`, or both.
 * @param names npm packages, or folders that begin with a dot or a slash
 * @throws ConfigError with one sentence that says which package does not fit, and why
 */
export function loadPlugins(names: readonly string[], from = process.cwd()): Plugins {
  const load = createRequire(join(from, 'package.json'));
  const packages = new Map<string, string>();
  const channels = [...ownChannels];
  const backends = [...ownBackends];
  for (const name of names) {
    const { channel, backend } = exportsOf(name, load);
    if (channel === undefined && backend === undefined) throw unfit(name, 'it exports neither "channel" nor "backend"');
    if (channel !== undefined) {
      const added = checked<AnyChannel>(name, 'channel', channel, channelFlaw(channel), channels);
      for (const mode of added.modes) checkForm(name, mode.config);
      channels.push(adoptChannel(added));
      packages.set(`channel/${added.name}`, name);
    }
    if (backend !== undefined) {
      const added = checked<AnyBackend>(name, 'backend', backend, backendFlaw(backend), backends);
      checkForm(name, added.config);
      backends.push(adoptBackend(added));
      packages.set(`backend/${added.name}`, name);
    }
  }
  return {
    ...{ channels, backends },
    findChannel: (name) => channels.find((one) => one.name === name),
    findBackend: (name) => backends.find((one) => one.name === name),
    packageOf: (name, kind = 'channel') => packages.get(`${kind}/${name}`),
  };
}

interface Exports {
  readonly channel?: unknown;
  readonly backend?: unknown;
}

function exportsOf(name: string, load: NodeJS.Require): Exports {
  try {
    const found = load(name) as Exports & { readonly default?: Exports };
    return found.channel === undefined && found.backend === undefined ? (found.default ?? found) : found;
  } catch (cause) {
    const isMissing = (cause as { code?: unknown }).code === 'MODULE_NOT_FOUND';
    throw unfit(name, isMissing ? 'it, or something it needs, is not installed' : `loading it failed (${wordsOf(cause)})`, cause);
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : 'no error');

function checked<Kind extends { readonly name: string }>(
  from: string,
  kind: 'channel' | 'backend',
  given: unknown,
  flaw: string | undefined,
  there: readonly Kind[],
): Kind {
  if (flaw !== undefined) throw unfit(from, `as a ${kind}, ${flaw}`);
  const added = given as Kind;
  if (there.some(({ name }) => name === added.name)) throw unfit(from, `there is a ${kind} named "${added.name}" already`);
  return added;
}

/** Forms are drawn from it, and secrets in it must be found. */
function checkForm(from: string, config: ZodType): void {
  try {
    z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' });
  } catch (cause) {
    throw unfit(from, 'its "config" cannot be drawn as a form', cause);
  }
}

const unfit = (name: string, why: string, cause?: unknown): ConfigError =>
  new ConfigError('bad_plugin', `PARLEY_PLUGINS names "${name}", which cannot be used: ${why}.`, { cause });
