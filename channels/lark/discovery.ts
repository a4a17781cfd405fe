import type * as sdk from '@larksuiteoapi/node-sdk';
import { ChannelError } from '../../domain/errors';
import type { Account } from './account';
import { type Answer, send } from './http';

/**
 * The HTTP side of the SDK's socket client: it makes one call, to ask where to connect. Ours has a time limit, can be aborted, and reads the
 * answer before the SDK does: that takes a refusal without `data` for a passing fault, and tells of the others only in words.
 */
export function discover(account: Account, timeoutMs: number, signal: AbortSignal, lose: (error: unknown) => void): sdk.HttpInstance {
  const request = async (options: { url?: string; data?: unknown }): Promise<unknown> => {
    const url = options.url ?? `${account.base}/callback/ws/endpoint`;
    const answer = await send('connect', url, { method: 'POST', headers: { locale: 'zh' }, body: options.data }, timeoutMs, signal).catch(
      (error: unknown) => {
        lose(error);
        throw error;
      },
    );
    const { URL: address } = (answer.body.data ?? {}) as { URL?: unknown };
    if (answer.code === 0 && typeof address === 'string') return answer.body;
    lose(refusedConnection(answer));
    return { data: {}, code: answer.code === 0 ? 1 : answer.code, msg: '' };
  };
  return { request } as unknown as sdk.HttpInstance;
}

function refusedConnection({ code, status, msg }: Answer): ChannelError {
  if (code === 514 || code === 403 || code === 10003 || code === 10014) {
    const reason = msg.slice(0, 200);
    return new ChannelError('bad_credentials', `Lark refused the app id or secret (code ${code}${reason ? `: ${reason}` : ''}).`);
  }
  if (code === 1000040350)
    return new ChannelError('rate_limited', 'Lark allows 50 connections per app and all are taken.', {
      retryable: true,
      retryAfterMs: 30_000,
    });
  return new ChannelError('server_error', `Lark could not say where to connect (code ${code}, HTTP ${status}).`, { retryable: true });
}
