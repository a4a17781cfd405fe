import { AppError } from '../../domain/errors';
import type { Check, Ports, ProbeResult } from '../channel';
import { createAccount, fetchToken } from './account';
import { createCaller } from './calls';
import { openTicket, SUBSCRIPTIONS } from './client';
import { type DingTalkConfig, robotCodeOf } from './config';
import { DingTalkError } from './errors';
import type { Request } from './http';

/**
 * Tests the settings with calls of its own. Sends nothing to anybody; a ticket that nobody uses disturbs no connection.
 * @param ports absent for settings of no integration, whose calls take nothing from an allowance
 */
export async function probe(config: DingTalkConfig, mode: string, timeoutMs: number, ports?: Ports): Promise<ProbeResult> {
  const credentials = await check('credentials', 'DingTalk accepts the Client ID and the Client Secret.', CREDENTIALS_MEND, async () => {
    await fetchToken(config, timeoutMs);
  });
  if (!credentials.ok) return { ok: false, checks: [credentials] };
  const account = createAccount(config, timeoutMs);
  // What it is refused on purpose is no failure of the platform's.
  const call = createCaller(account, { ...(ports ?? ALONE), called: () => undefined });
  // Calls about what does not exist: refused in any case, but for want of a permission only where it is wanting.
  const permitted = async (name: string, request: Request): Promise<void> => {
    try {
      await call(name, 'frame', () => request);
    } catch (error) {
      const expected = error instanceof DingTalkError && !error.retryable && error.code !== 'forbidden';
      if (!expected || /robotCode/i.test(error.platformCode)) throw error;
    }
  };
  const checks = await Promise.all([
    mode === 'stream'
      ? check('connection', 'DingTalk opens stream connections for this app.', CONNECTION_MEND, async () => {
          await openTicket(config, SUBSCRIPTIONS, timeoutMs);
        })
      : keysCheck(config),
    check('messages', 'The app has a robot that may send messages.', MESSAGES_MEND, () =>
      permitted('robot.download', {
        method: 'POST',
        path: '/v1.0/robot/messageFiles/download',
        body: { downloadCode: 'parley-probe', robotCode: robotCodeOf(config) },
      }),
    ),
    check('cards', 'The app may show AI cards.', CARDS_MEND, async () => {
      const outTrackId = 'parley-probe';
      const cardData = { cardParamMap: { flowStatus: '3' } };
      await permitted('card.update', { method: 'PUT', path: '/v1.0/card/instances', body: { outTrackId, cardData } });
      const body = { outTrackId, guid: 'parley-probe', key: 'content', content: '', isFull: true, isFinalize: false, isError: false };
      await permitted('card.streaming', { method: 'PUT', path: '/v1.0/card/streaming', body });
    }),
  ]);
  const all = [credentials, ...checks];
  // Without AI cards answers still come through, only less well.
  return { ok: all.every(({ ok, name }) => ok || name === 'cards'), checks: all };
}

const ALONE: Omit<Ports, 'called'> = {
  memory: { get: async () => undefined, put: async () => undefined, compareAndSet: async () => true },
  budget: { take: async () => undefined, pause: async () => undefined },
};

const CREDENTIALS_MEND = 'Copy Client ID and Client Secret from "Credentials and Basic Info" of the app in the DingTalk developer console.';
const CONNECTION_MEND =
  'In the developer console open "Robot", choose the stream mode for receiving messages, and publish a version of the app.';
const MESSAGES_MEND =
  'In the developer console add the feature "Robot", grant qyapi_robot_sendmsg under "Permissions", enter the robot code if it differs from the Client ID, and publish a version.';
const CARDS_MEND =
  'In the developer console grant Card.Instance.Write and Card.Streaming.Write under "Permissions" and publish a version of the app. Until then answers come as messages, in one piece.';

function keysCheck({ token, aesKey, callbackRouteKey }: DingTalkConfig): Check {
  const ok = Boolean(token && aesKey);
  const presses = callbackRouteKey ? '' : ' Cards show no buttons, because no card callback route is set.';
  return {
    name: 'keys',
    ok,
    detail: ok ? `Token and AES key are set.${presses}` : 'Token or AES key is missing.',
    mend: ok ? '' : 'Copy both from "Event subscription" of the app in the DingTalk developer console.',
  };
}

async function check(name: string, good: string, mend: string, run: () => Promise<void>): Promise<Check> {
  try {
    await run();
    return { name, ok: true, detail: good, mend: '' };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const address = error instanceof DingTalkError && /IpNotInWhiteList/i.test(error.platformCode);
    const passing = 'DingTalk did not answer as it should. Check the base URLs and the network, then test again.';
    return {
      name,
      ok: false,
      detail: error.message,
      mend: address ? ADDRESS_MEND : error.retryable ? passing : mend,
      retryable: error.retryable,
    };
  }
}

const ADDRESS_MEND = "Add this server's public address to the app's list of allowed addresses in the DingTalk developer console.";
