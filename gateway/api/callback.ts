import type { Check } from '../../channels/channel';
import type { ConnectionRecord } from '../../domain/connection';
import type { Integration } from '../../store/integrations';
import type { GatewayDeps } from '../deps';

/**
 * Where a platform calls an integration.
 * @param origin where the caller reaches us, for callback URLs where no public URL is configured
 */
export const callbackUrl = ({ config }: Pick<GatewayDeps, 'config'>, id: string, origin: string): string =>
  `${config.publicUrl ?? origin}/webhooks/${id}`;

/**
 * Whether the platform reaches us with the present settings. Only its own call proves that: the channel has verified it then.
 * @param url of the callback
 */
export function callbackCheck(
  url: string,
  { version, enabled }: Pick<Integration, 'version' | 'enabled'>,
  { lastCallAt, lastCallVersion }: Pick<ConnectionRecord, 'lastCallAt' | 'lastCallVersion'>,
): Check {
  const name = 'callback';
  if (lastCallAt && lastCallVersion === version)
    return { name, ok: true, detail: `The last call of the platform was verified at ${minuteOf(lastCallAt)}.`, mend: '' };
  const detail = lastCallAt
    ? `No call of the platform to ${url} was verified since the settings changed.`
    : `No call of the platform to ${url} was verified yet.`;
  return { name, ok: false, detail, mend: url.startsWith('https://') ? (enabled ? ADDRESS_MEND : ENABLE_MEND) : HTTPS_MEND };
}

const HTTPS_MEND =
  'Set PARLEY_PUBLIC_URL to the https address at which the platform reaches Parley, for platforms call no other. Then enter the callback URL on the platform and test again.';
const ENABLE_MEND =
  'Enable the integration first: until then calls are refused. Then enter this address on the platform, save there and test again.';
const ADDRESS_MEND =
  'Enter this address on the platform and save there, which sends a test call, or write to the bot; then test again. If the platform reports a failure, copy its keys into the settings again.';

/** Calls are remembered to the minute. */
const minuteOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
