import { randomUUID } from 'node:crypto';
import type { Role } from '../../domain/roles';
import { attempt, createProcess } from './answering';
import { startGateway, type TestGateway, type Visitor } from './gateway';
import { createDesk, type Desk } from './world';

export interface Said {
  readonly chat?: string;
  readonly sender?: string;
  readonly group?: boolean;
  readonly mentions?: readonly string[];
  readonly attachments?: readonly object[];
  readonly quote?: object;
}

/** A gateway in whose sandbox people speak and are answered. */
export async function openPeople() {
  const gateway: TestGateway = await startGateway();
  const programAs = async (role: Role): Promise<Visitor> =>
    gateway.program(await gateway.store.access.createKey(role, role, gateway.scope));
  const worker = createProcess(gateway, { files: gateway.deps.files });
  const admin = await programAs('admin');
  return {
    gateway,
    admin,
    programAs,
    async close() {
      // Temporal is away: whoever still tries to reach it must give up first.
      await gateway.deps.dispatch.drained();
      await gateway.close();
    },

    /** An integration whose expert repeats at once what it is told. */
    deskOf: (options: Parameters<typeof createDesk>[1] = {}): Promise<Desk> =>
      createDesk(gateway, { config: { chunkMs: 0, chunkChars: 500 }, ...options }),

    /** Somebody speaks in the sandbox, and is answered where that is due. */
    async say({ integration }: Desk, text: string, more: Said = {}, sessionId: string = randomUUID()) {
      const body = { chat: `chat of ${more.sender ?? 'ann'}`, sender: 'ann', text, messageId: randomUUID(), ...more };
      const { status } = await admin.call('POST', `sandbox/${integration.id}/messages`, { body });
      if (status !== 202) throw new Error(`The sandbox answered ${status}.`);
      const sql = 'SELECT id, chat_id AS "chatId", "end" FROM events WHERE integration_id = ? AND platform_id = ?';
      const { rows } = (await gateway.store.db.raw(sql, [integration.id, body.messageId])) as {
        rows: { id: string; chatId: string; end: string | null }[];
      };
      const [event] = rows;
      const job = { turnId: randomUUID(), sessionId, chatId: event!.chatId, runId: 'run', eventIds: [event!.id], number: 1 };
      if (!event!.end) await attempt(worker, job).outcome;
      return { ...job, decided: event!.end };
    },

    /** The first person whose name, address or platform id holds this. */
    personOf: async ({ integration }: Desk, q: string) =>
      (await admin.call('GET', `people?integrationId=${integration.id}&q=${encodeURIComponent(q)}`)).body.items[0],
  };
}
