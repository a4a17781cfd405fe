import type { ActivityOptions } from '@temporalio/common';
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { taskQueues } from './messages';

// Activities as workflows see them: every time limit and retry stands on this page.

/** One turn. No limit on attempts: the activity itself counts those that reached the backend. It waits only by `nextRetryDelay`. */
const answerOptions: ActivityOptions = {
  scheduleToCloseTimeout: '30 minutes',
  heartbeatTimeout: '5s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '200ms', backoffCoefficient: 1 },
};

/** Something short: a notice, an end written down. Tried again until the platform and the database are back. */
const shortOptions: ActivityOptions = {
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '30 minutes',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
};

/** What befell a connection is written however long the database is away: its workflow lives as long as the integration. */
const storyOptions: ActivityOptions = {
  startToCloseTimeout: '30s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
};

/** A queued card is a courtesy: the turn makes its card itself where this one fails. */
const courtesyOptions: ActivityOptions = { ...shortOptions, startToCloseTimeout: '20s', scheduleToCloseTimeout: '20s' };

/** What shows something in a chat: one whose worker died is begun elsewhere within seconds. */
const showingOptions: ActivityOptions = { ...shortOptions, heartbeatTimeout: '5s' };

/** Closing has no limit short of the platform's refusal: a day covers any outage, the sentinel what is beyond. */
const closingOptions: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '24 hours',
  heartbeatTimeout: '5s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
};

/** Held for as long as it lives. Backing off is `nextRetryDelay`; the policy's interval is for the death of a worker. */
const holdOptions: ActivityOptions = {
  taskQueue: taskQueues.connections,
  startToCloseTimeout: '365 days',
  heartbeatTimeout: '6s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '200ms', backoffCoefficient: 1 },
};

/** @param repliesQueue where the messenger must be used; undefined = anywhere */
export const turnSteps = (repliesQueue: string | undefined) => {
  const elsewhere = repliesQueue === undefined ? {} : { taskQueue: repliesQueue };
  return {
    answer: proxyActivities<Activities>({ ...answerOptions, taskQueue: repliesQueue ?? taskQueues.answers }).answer,
    endTurn: proxyActivities<Activities>({ ...showingOptions, ...elsewhere }).endTurn,
    notify: proxyActivities<Activities>({ ...showingOptions, ...elsewhere }).notify,
    isOwner: proxyActivities<Activities>({ ...courtesyOptions, ...elsewhere }).isOwner,
    showWaiting: proxyActivities<Activities>({ ...courtesyOptions, ...elsewhere }).showWaiting,
    closeReply: proxyActivities<Activities>({ ...closingOptions, ...elsewhere }).closeReply,
  };
};

export const { settle, endSession, expireTurn, giveUpReply, probeConnection } = proxyActivities<Activities>(shortOptions);
export const { recordConnection } = proxyActivities<Activities>(storyOptions);
export const { holdConnection } = proxyActivities<Activities>(holdOptions);
export const { sweep } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } });
