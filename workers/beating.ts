import { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

const EVERY_MS = 500;

/** Heartbeats for short steps that have a limit for it, so that one whose process died in the middle is begun elsewhere within seconds. */
export const beating: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    const context = Context.current();
    if (context.info.heartbeatTimeoutMs === undefined) return await next(input);
    const pulse = setInterval(() => context.heartbeat(), EVERY_MS);
    try {
      return await next(input);
    } finally {
      clearInterval(pulse);
    }
  },
};
