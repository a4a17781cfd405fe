import type { LocalizedText } from './language';

export interface ErrorOptions {
  readonly cause?: unknown;
  /** Whether the same call may succeed later. */
  readonly retryable?: boolean;
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** Base of every error thrown on purpose. `code` is for programs; the message tells a person what to do and never holds what people wrote. */
export class AppError extends Error {
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: string,
    message: string,
    { cause, retryable = false, retryAfterMs }: ErrorOptions = {},
  ) {
    super(message, { cause });
    this.name = new.target.name;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A setting is missing or wrong. */
export class ConfigError extends AppError {}

/** A platform refused or failed. Codes: `rate_limited timeout unreachable server_error bad_credentials gone forbidden refused superseded`. */
export class ChannelError extends AppError {}

/** An AI backend refused or failed. Codes: `rate_limited timeout unreachable server_error bad_credentials refused broken_stream content_filter`. */
export class AgentError extends AppError {}

export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 503;

/** What a refusal says about one field. */
export interface FieldError {
  readonly path: string;
  readonly message: string | LocalizedText;
  /** What it could be; the message names it. */
  readonly value?: string | null;
}

/** A call to our own API that cannot be granted; becomes a problem document with this status. */
export class Refusal extends AppError {
  constructor(
    readonly status: RefusalStatus,
    code: string,
    message: string,
    readonly errors: readonly FieldError[] = [],
    options: ErrorOptions = {},
  ) {
    super(code, message, options);
  }
}
