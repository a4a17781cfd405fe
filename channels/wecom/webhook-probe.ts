import { AppError } from '../../domain/errors';
import type { Check, ProbeResult } from '../channel';
import { createAppAccount, fetchToken } from './app-account';
import { apiBaseOf } from './app-base';
import type { AppConfig, WebhookConfig } from './config';
import { createEnvelope } from './crypto';
import { NOT_TRUSTED_IP, WecomHttpError } from './http-errors';
import { type WebhookTimes, webhookTimes } from './webhook-times';

const PROBE_CALL_TIMEOUT_MS = 10_000;
const KEYS_MEND = 'Copy Token and EncodingAESKey (43 letters and digits) from "Receive messages" in the WeCom console, both again.';

/** Tests the settings with calls of its own. A bot that is called has no API to ask, so only its keys are looked at. */
export async function probeWebhook(config: WebhookConfig, times: WebhookTimes = webhookTimes): Promise<ProbeResult> {
  const keys = await check('keys', 'Token and EncodingAESKey can be used.', KEYS_MEND, () => {
    roundTrip(config);
  });
  const checks = config.kind === 'app' ? [keys, ...(await probeApp(config, times))] : [keys];
  return { ok: checks.every(({ ok }) => ok), checks };
}

/** What is sealed with these keys must open again. */
function roundTrip(config: WebhookConfig): void {
  const envelope = createEnvelope(config, config.kind === 'app' ? config.corpId : '');
  const call = { method: 'POST' as const, headers: {}, query: { nonce: 'probe' }, body: Buffer.alloc(0), now: Date.now() };
  const { encrypt, signature, timestamp, nonce } = envelope.seal(call, 'probe');
  envelope.open({ ...call, query: { msg_signature: signature, timestamp, nonce } }, encrypt);
}

async function probeApp(config: AppConfig, { busyMs }: WebhookTimes): Promise<readonly Check[]> {
  const app = { ...config, apiBase: apiBaseOf(config) };
  const credentials = await check('credentials', 'WeCom accepts the corp id and the secret.', CREDENTIALS_MEND, async () => {
    await fetchToken(app, PROBE_CALL_TIMEOUT_MS);
  });
  if (!credentials.ok) return [credentials];
  const ports = { budget: { take: async () => undefined, pause: async () => undefined }, called: () => undefined };
  const account = createAppAccount(app, ports, { callTimeoutMs: PROBE_CALL_TIMEOUT_MS, busyMs });
  const agent = await check('agent', 'The application exists and may be used from this address.', AGENT_MEND, async () => {
    await account.call({ path: 'agent/get', query: { agentid: String(config.agentId) } }, 'first');
  });
  return [credentials, agent];
}

const CREDENTIALS_MEND =
  'Copy the corp id from "My company" and the secret from the application\'s own page in the WeCom console; each application has its own secret.';
const AGENT_MEND = "Copy the AgentId from the application's page in the WeCom console, and see that the application is switched on.";
const TRUSTED_IP_MEND =
  'Add this server\'s public address under "Trusted IPs" on the application\'s page in the WeCom console, wait a minute, and test again.';

async function check(name: string, good: string, mend: string, run: () => void | Promise<void>): Promise<Check> {
  try {
    await run();
    return { name, ok: true, detail: good, mend: '' };
  } catch (error) {
    if (error instanceof WecomHttpError && error.errcode === NOT_TRUSTED_IP)
      return { name, ok: false, detail: error.message, mend: TRUSTED_IP_MEND };
    if (!(error instanceof AppError)) return { name, ok: false, detail: 'The keys do not fit each other or have the wrong length.', mend };
    const passing = error.retryable ? 'WeCom did not answer as it should. Check the network and the API base, then test again.' : mend;
    return { name, ok: false, detail: error.message, mend: passing, retryable: error.retryable };
  }
}
