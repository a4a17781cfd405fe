import { defaultHttpInstance, registerApp } from '@larksuiteoapi/node-sdk';
import { ChannelError } from '../../domain/errors';
import type { ScanCode, Settings } from '../channel';
import { baseUrlOf, FEISHU, LARKSUITE } from './config';

/** What README.md asks for; whoever scans sees all of it and may say no. */
const NEEDED = {
  scopes: {
    tenant: [
      'im:message',
      'im:message.group_at_msg',
      'cardkit:card:write',
      'im:resource',
      'im:message.reactions:write_only',
      'im:chat:readonly',
    ],
  },
  events: {
    items: {
      tenant: [
        'im.message.receive_v1',
        'im.message.recalled_v1',
        'im.chat.access_event.bot_p2p_chat_entered_v1',
        'im.chat.member.bot.added_v1',
      ],
    },
  },
  callbacks: { items: ['card.action.trigger'] },
};

// The SDK's own client follows redirects, which might lead to where no setting may point; none of our calls does.
defaultHttpInstance.defaults.maxRedirects = 0;

const MEANINGS: Readonly<Record<string, readonly [code: string, message: string]>> = {
  expired_token: ['gone', 'Nobody scanned the code in time: ask for a new one.'],
  access_denied: ['forbidden', 'Whoever scanned the code declined to create the app: scan again, or create the app by hand.'],
};

/** Creates an app by a scanned code and resolves with its settings; an app of a Lark tenant brings Lark's domain along. */
export async function register({ domain = FEISHU }: Settings, show: (code: ScanCode) => void, signal: AbortSignal): Promise<Settings> {
  const base = baseUrlOf(String(domain));
  if (!base?.startsWith('https:')) throw new ChannelError('refused', 'Lark hands out codes over https only: choose a domain that has it.');
  try {
    const app = await registerApp({
      domain: accountsOf(base),
      addons: NEEDED,
      createOnly: true,
      signal,
      onQRCodeReady: ({ url, expireIn }) => show({ url, validMs: expireIn * 1000 }),
    });
    return {
      appId: app.client_id,
      appSecret: app.client_secret,
      domain: app.user_info?.tenant_brand === 'lark' && base === FEISHU ? LARKSUITE : base,
    };
  } catch (cause) {
    signal.throwIfAborted();
    const { code: name = '' } = cause as { readonly code?: string };
    const [code, message] = MEANINGS[name] ?? ['unreachable', 'Lark gave no code to scan: try again, or create the app by hand.'];
    throw new ChannelError(code, message, { cause });
  }
}

/** Feishu, Lark and private deployments alike keep their accounts next to `open.`. */
const accountsOf = (base: string): string => new URL(base).host.replace(/^open\./, 'accounts.');
