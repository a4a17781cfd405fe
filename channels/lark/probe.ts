import { AppError } from '../../domain/errors';
import type { Check, ProbeResult } from '../channel';
import { createAccount, fetchToken } from './account';
import type { LarkConfig } from './config';
import { FEISHU } from './config';
import { refused } from './errors';

/** Tests the settings with calls of its own: a fresh token, the bot, CardKit. Sends nothing to anybody. */
export async function probe(config: LarkConfig, mode: string, timeoutMs: number): Promise<ProbeResult> {
  const credentials = await check('credentials', 'Lark accepts the App ID and App Secret.', credentialsMend(config), async () => {
    await fetchToken(config, timeoutMs);
  });
  if (!credentials.ok) return { ok: false, checks: [credentials] };
  const account = createAccount(config, timeoutMs);
  const checks = await Promise.all([
    check('bot', 'The app has a bot.', 'In the developer console add the feature "Bot" and release a new version of the app.', async () => {
      await account.bot();
    }),
    check('cards', 'The app may show streaming cards.', CARDS_MEND, async () => {
      // An empty card that is never sent: seen by nobody, gone after 14 days.
      const card = { schema: '2.0', body: { elements: [{ tag: 'markdown', content: 'Parley' }] } };
      const body = { type: 'card_json', data: JSON.stringify(card) };
      const answer = await account.send('card.create', { method: 'POST', path: '/cardkit/v1/cards', body });
      if (answer.code !== 0) throw refused('card.create', answer.status, answer.code, answer.resetMs);
    }),
  ]);
  const all = [credentials, ...checks, ...(mode === 'webhook' ? [webhookCheck(config)] : [])];
  // Without streaming cards answers still come through, only less well.
  return { ok: all.every(({ ok, name }) => ok || name === 'cards'), checks: all };
}

const CARDS_MEND =
  'In the developer console grant the scope cardkit:card:write ("Create and update cards") and release a new version. Until then answers appear in cards that do not stream.';

const credentialsMend = ({ domain }: LarkConfig): string =>
  `Copy App ID and App Secret from "Credentials & Basic Info". The app must belong to ${domain === FEISHU || domain === 'feishu' ? 'Feishu (China)' : 'the configured domain'}; Feishu and Lark accounts are separate.`;

function webhookCheck({ encryptKey, verificationToken }: LarkConfig): Check {
  const ok = Boolean(encryptKey && verificationToken);
  return {
    name: 'callback',
    ok,
    detail: ok
      ? 'Encrypt Key and Verification Token are set; whether they are the right ones shows with the first call from Lark.'
      : 'Encrypt Key or Verification Token is missing.',
    mend: ok ? '' : 'Copy both from "Events & Callbacks", "Encryption Strategy".',
  };
}

async function check(name: string, good: string, mend: string, run: () => Promise<void>): Promise<Check> {
  try {
    await run();
    return { name, ok: true, detail: good, mend: '' };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const passing = error.retryable ? 'Lark did not answer as it should. Check the domain and the network, then test again.' : mend;
    return { name, ok: false, detail: error.message, mend: passing };
  }
}
