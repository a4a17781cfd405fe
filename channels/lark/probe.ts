import { AppError } from '../../domain/errors';
import type { Check, ProbeResult } from '../channel';
import { type Account, createAccount, fetchToken } from './account';
import type { LarkConfig } from './config';
import { FEISHU } from './config';
import { refused } from './errors';
import { countInstances } from './instances';

/** Tests the settings with calls of its own: a fresh token, the bot, CardKit, the permissions that are granted. Sends nothing to anybody. */
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
    messagesCheck(account),
    check('cards', 'The app may show streaming cards.', CARDS_MEND, async () => {
      // An empty card that is never sent: seen by nobody, gone after 14 days.
      const card = { schema: '2.0', body: { elements: [{ tag: 'markdown', content: 'Parley' }] } };
      const body = { type: 'card_json', data: JSON.stringify(card) };
      const answer = await account.send('card.create', { method: 'POST', path: '/cardkit/v1/cards', body });
      if (answer.code !== 0) throw refused('card.create', answer.status, answer.code, answer.resetMs);
    }),
  ]);
  const all = [credentials, ...checks, ...(mode === 'webhook' ? [keysCheck(config)] : await instancesCheck(account))];
  // Without streaming cards answers still come through, only less well; another program may be one of ours that is just taking over.
  return { ok: all.every(({ ok, name }) => ok || name === 'cards' || name === 'instances'), checks: all };
}

/** Sending is proven by no call but one that is seen; so it is asked whether the tenant has granted it. */
async function messagesCheck(account: Account): Promise<Check> {
  const answer = await account.send('scopes', { method: 'GET', path: '/application/v6/scopes' }).catch(() => undefined);
  const { scopes } = (answer?.body.data ?? {}) as { readonly scopes?: unknown };
  const base = { name: 'messages', ok: true, mend: '' };
  if (answer?.code !== 0 || !Array.isArray(scopes))
    return { ...base, detail: 'Lark does not tell whether the app may send messages: that shows with the first answer.' };
  const granted = (scopes as readonly { scope_name?: unknown; grant_status?: unknown }[]).some(
    ({ scope_name: name, grant_status: status }) => status === GRANTED && SENDING.includes(String(name)),
  );
  if (granted) return { ...base, detail: 'The app may send messages.' };
  return { ...base, ok: false, detail: 'The app may not send messages.', mend: SENDING_MEND };
}

const GRANTED = 1;
/** Any one of them is enough. */
const SENDING = ['im:message', 'im:message:send_as_bot', 'im:message:send'];
const SENDING_MEND =
  'In the developer console grant the scope im:message ("Read and send messages in private and group chats"), release a new version and let an administrator approve it.';

/** How many programs hold a connection of this app. Where Lark does not tell there is nothing to say. */
async function instancesCheck(account: Account): Promise<readonly Check[]> {
  const count = await countInstances(account);
  if (count === undefined) return [];
  const ok = count <= 1;
  return [
    {
      name: 'instances',
      ok,
      detail: `${count} long ${count === 1 ? 'connection is' : 'connections are'} open for this app.`,
      mend: ok
        ? ''
        : 'Lark hands each event to one of them at random. Stop other programs that use this App ID, or give them an app of their own.',
    },
  ];
}

const CARDS_MEND =
  'In the developer console grant the scope cardkit:card:write ("Create and update cards") and release a new version. Until then answers appear in cards that do not stream.';

const credentialsMend = ({ domain }: LarkConfig): string =>
  `Copy App ID and App Secret from "Credentials & Basic Info". The app must belong to ${domain === FEISHU || domain === 'feishu' ? 'Feishu (China)' : 'the configured domain'}; Feishu and Lark accounts are separate.`;

function keysCheck({ encryptKey, verificationToken }: LarkConfig): Check {
  const ok = Boolean(encryptKey && verificationToken);
  return {
    name: 'keys',
    ok,
    detail: ok ? 'Encrypt Key and Verification Token are set.' : 'Encrypt Key or Verification Token is missing.',
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
    return { name, ok: false, detail: error.message, mend: passing, retryable: error.retryable };
  }
}
