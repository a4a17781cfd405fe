import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import type { Opened } from '../../store/secrets';
import { sentence } from './content';
import { mask, type Settings } from './masking';

/** Why settings are not shown. */
export const unreadable = sentence(
  'Why what is sealed cannot be read and is not shown. It stays as it is until it is given anew, all of it; other fields can be changed.',
).optional();

/** Settings as answers show them, or why they cannot be read. */
export const settingsAnswer = {
  config: z.record(z.string(), z.unknown()).meta({ description: 'Secrets are shown as `***`.' }),
  unreadable,
};

export const presentSettings = (
  schema: z.ZodType | undefined,
  { config, unreadable: why }: Opened,
): Pick<Opened, 'unreadable'> & { config: Settings } => ({
  config: mask(schema, config),
  ...(why && { unreadable: why }),
});

/** For what cannot be done without the settings. @throws Refusal 409 */
export function demandReadable(
  what: 'alert' | 'expert' | 'published expert' | 'integration',
  { name, unreadable: why }: { readonly name: string; readonly unreadable?: string | undefined },
): void {
  if (why)
    throw new Refusal(
      409,
      'unreadable',
      `The settings of the ${what} "${name}" cannot be read: enter them again, or put the key they were sealed with back.`,
    );
}
