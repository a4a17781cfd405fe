import type { ChannelError } from '../../domain/errors';
import type { Check, ProbeResult } from '../channel';
import { type ClientTimes, openClient } from './client';
import type { LongConnectionConfig } from './config';
import type { Links } from './links';

const good = (detail: string): Check => ({ name: 'credentials', ok: true, detail, mend: '' });
const bad = (name: string, detail: string, mend: string): Check => ({ name, ok: false, detail, mend });
const result = (check: Check): ProbeResult => ({ ok: check.ok, checks: [check] });

const CREDENTIALS_MEND =
  'Copy Bot ID and Secret from the API settings of the bot (long connection) again; a new secret makes the old one invalid.';
const ADDRESS_MEND =
  'See that this server may open connections to openws.work.weixin.qq.com on port 443, and check the address in the settings.';

/**
 * WeCom grants a bot one connection, and a log-in takes it away from whoever has it. So the credentials are tried only while the link is
 * known to be down; a link that is up has proven them.
 */
export async function probe(
  config: LongConnectionConfig,
  times: ClientTimes,
  links: Links,
  link: 'up' | 'down' | undefined,
): Promise<ProbeResult> {
  const here = links.isUp(config);
  if (here === 'other')
    return result(
      bad(
        'credentials',
        'The bot is connected with another secret than this one.',
        'If this secret is the newer one, restart the connection.',
      ),
    );
  if (here || link === 'up') return result(good('The live connection was accepted with these credentials.'));
  if (link === undefined)
    return result(good('Not tried: a log-in would take the connection away from whoever has it. The status shows whether it succeeds.'));
  const failure = await logIn(config, times);
  if (!failure) return result(good('WeCom accepts the bot id and the secret.'));
  if (failure.code === 'bad_credentials') return result(bad('credentials', failure.message, CREDENTIALS_MEND));
  return result(bad('connection', failure.message, ADDRESS_MEND));
}

/** Logs in once and leaves again; answers what prevented it. */
async function logIn(config: LongConnectionConfig, times: ClientTimes): Promise<Pick<ChannelError, 'code' | 'message'> | undefined> {
  let deadline: NodeJS.Timeout | undefined;
  let leave = (): void => undefined;
  const outcome = await new Promise<Pick<ChannelError, 'code' | 'message'> | undefined>((resolve) => {
    const late = { code: 'timeout', message: `WeCom did not answer the log-in within ${times.connectTimeoutMs} ms.` };
    deadline = setTimeout(() => resolve(late), times.connectTimeoutMs);
    const client = openClient(config, times, { authenticated: () => resolve(undefined), heard: () => undefined, lost: resolve });
    leave = () => client.disconnect();
  });
  clearTimeout(deadline);
  leave();
  return outcome;
}
