/** The heartbeat's throttle is how fast a stop reaches the activity. For workers; the activities' own limits stand in `steps.ts`. */
export const throttles = { answers: '400ms', connections: '500ms' } as const;

/** A chat whose worker died goes on elsewhere after this long (the SDK's default of 10 s would stall it). */
export const stickyQueueTimeout = '2s';

/** A step of a chat whose worker died in the middle of it is begun anew after this long (the server's default is 10 s). */
export const workflowTaskTimeout = '5s';

/** Before a new run: how long background steps may hold up the next turn. */
export const drainTimeout = '10s';
