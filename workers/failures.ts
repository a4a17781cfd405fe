import { ApplicationFailure } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { AppError } from '../domain/errors';

const UNKNOWN_RETRY_MS = 1000;

/**
 * Our errors become Temporal's here and nowhere else. A failure carries its code and what an administrator can do, never what people wrote:
 * histories are kept for weeks and read by many. Unknown errors keep their name alone; their message may quote anything.
 */
export const failures: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    try {
      return await next(input);
    } catch (error) {
      throw toFailure(error);
    }
  },
};

export function toFailure(error: unknown): unknown {
  if (error instanceof ApplicationFailure || (error instanceof Error && error.name === 'CancelledFailure')) return error;
  if (error instanceof AppError) {
    // Whoever lost a reply to another begins again at once: it may be the other that is gone now.
    const waitMs = error.retryAfterMs ?? (error.code === 'lost_to_another' ? undefined : UNKNOWN_RETRY_MS);
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      ...(waitMs !== undefined && { nextRetryDelay: waitMs }),
    });
  }
  const name = error instanceof Error ? error.name : 'unknown';
  const code =
    error instanceof Error && typeof (error as { code?: unknown }).code === 'string' ? String((error as { code?: unknown }).code) : name;
  return ApplicationFailure.create({ type: code, message: `An unexpected error: ${code}`, nextRetryDelay: UNKNOWN_RETRY_MS });
}
