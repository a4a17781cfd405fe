import { Client, Connection, ScheduleAlreadyRunning, ScheduleOverlapPolicy, WorkflowNotFoundError } from '@temporalio/client';
import { conversationQuery, conversationWorkflowId, sentinelScheduleId, taskQueues } from '../workflows/messages';
import type { Config } from './config';

/** A client that connects when it is first used, so that a process starts while Temporal is away. Close `connection` when done. */
export function openTemporal(config: Pick<Config, 'temporal' | 'temporalConnection'>): { client: Client; connection: Connection } {
  const connection = Connection.lazy({ ...config.temporalConnection, connectTimeout: '5s' });
  return { client: new Client({ connection, namespace: config.temporal.namespace }), connection };
}

/** Ids of the events that the chat's open run owes an end; undefined when no run is open. Rejects when that cannot be told now. */
export async function openRunKnows(client: Client, chatId: string): Promise<readonly string[] | undefined> {
  const handle = client.workflow.getHandle(conversationWorkflowId(chatId));
  try {
    return await client.withDeadline(Date.now() + 5000, async () => {
      const { status } = await handle.describe();
      return status.name === 'RUNNING' ? (await handle.query(conversationQuery)).events : undefined;
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** The sentinel's schedule may be gone with Temporal's data: whoever starts makes it again. */
export async function ensureSentinel(client: Client, everySeconds: number): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: sentinelScheduleId,
      spec: { intervals: [{ every: `${everySeconds}s` }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'sentinel',
        workflowId: 'sentinel',
        taskQueue: taskQueues.conversations,
        staticSummary: 'Looks for events without an end',
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
