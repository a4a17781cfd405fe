/** The heartbeat's throttle is how fast a stop reaches the activity. For workers; the activities' own limits stand in `steps.ts`. */
export const throttles = { answers: '400ms', connections: '500ms' } as const;

/** A chat whose worker died goes on elsewhere after this long (the SDK's default of 10 s would stall it). */
export const stickyQueueTimeout = '2s';
