import { z } from 'zod';
import { ensureConnection } from '../../runtime/connections';
import type { GatewayDeps } from '../deps';
import { exportConfiguration } from './configuration-export';
import { type ConfigurationFile, configurationAnswer, configurationFile, openSecrets, type SecretsByPlace } from './configuration-file';
import { type Imported, importConfiguration } from './configuration-import';
import type { Place } from './configuration-work';
import { type Operation, operation } from './operation';

const passphrase = z.string().min(12, 'must have at least 12 characters').max(500).meta({ secret: true });
const changes = z.object({
  dryRun: z.boolean(),
  changes: z.array(
    z.object({
      path: z.string().meta({ description: 'Where in the file' }),
      name: z.string(),
      action: z.enum(['create', 'change', 'publish']),
      fields: z.array(z.string()).meta({ description: 'What of it differs' }),
    }),
  ),
});

/** An organization's settings as a file, and back: to keep them under version control, or to set up another organization. */
export const configurationOperations = (deps: GatewayDeps): readonly Operation[] => {
  const shared = { tag: 'Configuration', right: 'configure', status: 200 } as const;
  return [
    operation({
      ...{ ...shared, method: 'get', path: '/configuration/export', refusals: [409], answer: configurationAnswer },
      summary: 'Integrations, experts with what is published, triggers, alerts and limits, as a file without secrets',
      run: ({ scope }) => exportConfiguration(deps, scope),
    }),
    operation({
      ...{ ...shared, method: 'post', path: '/configuration/export', refusals: [409], answer: configurationAnswer },
      ...{ summary: 'The same with the secrets, sealed by a passphrase', action: 'configuration.exported' },
      body: z.strictObject({ passphrase }),
      run: ({ scope, body }) => exportConfiguration(deps, scope, body.passphrase),
    }),
    operation({
      ...{
        ...shared,
        method: 'post',
        path: '/configuration/import',
        refusals: [409],
        answer: changes,
        atomic: true,
      },
      summary: 'Makes the organization what a file says, by name; what the file does not name stays. All of it happens, or nothing',
      query: z.object({ dryRun: z.stringbool().default(false).meta({ description: '`true` only tells what would change' }) }),
      body: z.strictObject({ configuration: configurationFile, passphrase: passphrase.optional() }),
      action: ({ dryRun }) => (dryRun ? 'configuration.previewed' : 'configuration.imported'),
      async run({ scope, query: { dryRun }, body, caller, origin, afterwards, record }) {
        const secrets = await openSecrets(body.configuration, body.passphrase);
        const place = { deps, scope, origin };
        const { changes: made, ...done } = dryRun
          ? await rehearse(place, body.configuration, secrets)
          : await importConfiguration(place, body.configuration, secrets);
        const { steps, integrations } = dryRun ? { steps: [], integrations: [] } : done;
        for (const step of steps) await record(step);
        if (integrations.length > 0)
          afterwards(() => Promise.all(integrations.map((one) => ensureConnection(deps, one, caller.name).catch(later(deps, one.id)))));
        return { dryRun, changes: made };
      },
    }),
  ];
};

/** Carries the result out of a transaction that shall not happen. */
class Rehearsed extends Error {
  constructor(readonly result: Imported) {
    super('Rehearsed.');
  }
}

async function rehearse(place: Place, file: ConfigurationFile, secrets: SecretsByPlace): Promise<Imported> {
  const rehearsal = place.deps.store.atomically(async () => {
    throw new Rehearsed(await importConfiguration(place, file, secrets));
  });
  return await rehearsal.catch((error: unknown) => {
    if (error instanceof Rehearsed) return error.result;
    throw error;
  });
}

/** The rows hold: whoever reconciles tells the connection when Temporal is back. */
const later =
  ({ log }: GatewayDeps, integrationId: string) =>
  (error: unknown): void =>
    log.warn({ integrationId, error: error instanceof Error ? error.name : 'unknown' }, 'Temporal is away: the connection follows later');
