import type { Memory } from '../channel';
import type { Account } from './account';
import type { LarkEvent } from './inbound';

const KEY = 'company';
/** What nobody touches is forgotten after some days. */
const WRITE_EVERY_MS = 24 * 3_600_000;

/** Which company an app belongs to: events tell it, a chat's history does not. */
export interface Company {
  /** Learns it from an event. Never rejects, for nothing depends on it now. */
  learn(account: Account, memory: Memory, event: LarkEvent): Promise<void>;
  /** Its tenant key; undefined as long as no event has come. */
  of(account: Account, memory: Memory): Promise<string | undefined>;
}

export function createCompany(): Company {
  const known = new WeakMap<Account, { readonly key: string; readonly writtenAt: number }>();
  return {
    learn: async (account, memory, { header }) => {
      const key = header?.tenant_key;
      const last = known.get(account);
      if (typeof key !== 'string' || key === '' || (last?.key === key && Date.now() - last.writtenAt < WRITE_EVERY_MS)) return;
      known.set(account, { key, writtenAt: Date.now() });
      await memory.put(KEY, key).catch(() => known.set(account, { key, writtenAt: 0 }));
    },
    of: async (account, memory) => known.get(account)?.key ?? (await memory.get<string>(KEY)),
  };
}
