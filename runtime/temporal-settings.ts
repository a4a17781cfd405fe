import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { ConfigError } from '../domain/errors';

/** Where Temporal is, and how it is reached. */
export interface TemporalSettings {
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** Options of `Connection.connect` and `NativeConnection.connect`: address, TLS, API key and metadata. */
  readonly temporalConnection: ClientConnectConfig['connectionOptions'];
}

const temporalAddress = z
  .string()
  .regex(/^[^\s:/]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i, 'is not host:port')
  .describe('Use host:port without http://, such as temporal.example.com:7233.');

export const temporalVariables = { TEMPORAL_ADDRESS: temporalAddress.optional() };

/**
 * What else there is to a connection `@temporalio/envconfig` reads, from the same variables and the file they may name.
 * @throws ConfigError
 */
export function temporalSettings(env: Record<string, string>): TemporalSettings {
  try {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({ overrideEnvVars: env });
    const address = connectionOptions.address ?? 'localhost:7233';
    return { temporal: { address, namespace }, temporalConnection: { ...connectionOptions, address } };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable';
    throw new ConfigError(
      'bad_temporal_settings',
      `The settings of the Temporal connection cannot be used (${why}): mend TEMPORAL_* or the file TEMPORAL_CONFIG_FILE names.`,
      { cause },
    );
  }
}
