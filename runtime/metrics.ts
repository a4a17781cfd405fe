import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** What Prometheus reads on `/metrics`. Labels are bounded: platforms, states and results, never chats or people. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const events = new Counter({
    name: 'parley_events_total',
    help: 'Events read from platforms',
    labelNames: ['decision', 'kind'],
    registers,
  });
  const replies = new Counter({ name: 'parley_replies_total', help: 'Replies by how they ended', labelNames: ['state'], registers });
  const ratings = new Counter({ name: 'parley_feedback_total', help: 'Ratings of answers', labelNames: ['rating'], registers });
  const firstFrame = new Histogram({
    name: 'parley_first_frame_seconds',
    help: 'From the sending of the last message to the first frame',
    buckets: [0.1, 0.3, 1, 2, 3, 5, 10, 30],
    registers,
  });
  const dispatch = new Histogram({
    name: 'parley_dispatch_seconds',
    help: 'From the ledger to the acknowledged signal',
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 3],
    registers,
  });
  const platformCalls = new Counter({
    name: 'parley_platform_calls_total',
    help: 'Calls to platforms',
    labelNames: ['platform', 'result'],
    registers,
  });
  const unended = new Gauge({
    name: 'parley_unended_events',
    help: 'Events older than a minute that nobody works on: expected 0',
    registers,
  });
  const connectionState = new Gauge({
    name: 'parley_connection_state',
    help: '1 for the state each integration is in',
    labelNames: ['integration', 'state'],
    registers,
  });
  return {
    registry,
    unended,
    connectionState,
    observe: {
      dispatched: (seconds: number) => dispatch.observe(seconds),
      event: (decision: string, kind: string) => events.inc({ decision, kind }),
      rated: (rating: 'good' | 'bad') => ratings.inc({ rating }),
      firstFrame: (seconds: number) => firstFrame.observe(seconds),
      replied: (state: string) => replies.inc({ state }),
      called: (platform: string, result: 'ok' | 'rate_limited' | 'error') => platformCalls.inc({ platform, result }),
    },
  };
}
