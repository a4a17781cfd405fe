import { AgentError, type ErrorOptions } from '../domain/errors';

/** What is known of a failed call. None of it may hold words people wrote. */
export interface Failure {
  /** Host and port of the service. */
  readonly host: string;
  /** The HTTP status, where there was one that says something. */
  readonly status?: number | undefined;
  /** The service's own error codes and types, as `codeWords` gives them. */
  readonly words?: readonly string[];
  readonly retryAfterMs?: number | undefined;
}

/**
 * A service's `code` or `type` in one spelling: `InvalidApiKey` and `invalid_api_key` are the same.
 * Anything that is no such word is dropped, because messages and keys come in these fields too.
 */
export function codeWords(...said: readonly unknown[]): readonly string[] {
  return said
    .filter((value) => typeof value === 'string')
    .map((value) =>
      value
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .replaceAll('.', '_')
        .toLowerCase(),
    )
    .filter((value) => /^[a-z][a-z_]{2,60}$/.test(value));
}

/** Turns a refusal, by status or inside a stream, into the error that says what an admin can do. What says nothing is a failure of the server. */
export function failureOf({ host, status, words = [], retryAfterMs }: Failure): AgentError {
  const is = (pattern: RegExp) => words.some((word) => pattern.test(word));
  const facts = [status === undefined ? [] : [`HTTP ${status}`], words.slice(0, 1)].flat().join(', ');
  const said = facts === '' ? '' : ` (${facts})`;
  const fail = (code: string, message: string, options?: ErrorOptions) => new AgentError(code, message, options);
  const later: ErrorOptions = retryAfterMs === undefined ? { retryable: true } : { retryable: true, retryAfterMs };

  if (is(/content_filter|content_policy|inspection_failed|sensitive/)) return contentFiltered(host);
  if (status === 402 || is(/insufficient_(quota|balance)|billing|arrearage/)) {
    return fail('refused', `The account at ${host} has no credit left${said}: check its billing.`);
  }
  if (status === 429 || is(/rate_limit|throttling|too_many_requests/)) {
    return fail('rate_limited', `${host} asks for fewer questions${said}: raise the account's limits if this goes on.`, later);
  }
  if (status === 401 || status === 403 || is(/api_key|authentication|permission_denied|unauthorized/)) {
    return fail('bad_credentials', `${host} refused the API key${said}: check apiKey and what the key may use.`);
  }
  if (status === 404 || is(/model_not_(found|exist)/)) {
    return fail('refused', `${host} does not know this address or model${said}: check baseUrl (it usually ends in /v1) and model.`);
  }
  if (status === 413 || is(/context_length|string_above_max|too_large/)) {
    return fail(
      'refused',
      `The question with its history is too long for the model at ${host}${said}: lower historyTurns or shorten systemPrompt.`,
    );
  }
  if (status === 408) return fail('timeout', `${host} gave up waiting${said}.`, later);
  if (status !== undefined && status >= 300 && status < 400) {
    return fail('refused', `${host} sends the call elsewhere${said}: enter the address it redirects to as baseUrl.`);
  }
  if ((status !== undefined && status >= 400 && status < 500) || is(/^invalid|_invalid|unsupported|bad_request/)) {
    return fail('refused', `${host} refused the request${said}: check that model, temperature and maxTokens suit each other.`);
  }
  return fail('server_error', `${host} failed${said}.`, later);
}

export const contentFiltered = (host: string): AgentError =>
  new AgentError('content_filter', `The content filter of ${host} stopped the answer.`);

export const brokenStream = (host: string): AgentError =>
  new AgentError('broken_stream', `${host} broke off in the middle of the answer.`, { retryable: true });

export const tooSilent = (host: string): AgentError =>
  new AgentError('timeout', `${host} was silent for longer than the time limit.`, { retryable: true });

/** For an address that answers, but not as an AI service. */
export const wrongService = (host: string): AgentError =>
  new AgentError('refused', `${host} answers, but not in the form of this backend: check baseUrl (it usually ends in /v1).`);
