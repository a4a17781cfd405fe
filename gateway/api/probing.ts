import { setTimeout as wait } from 'node:timers/promises';
import type { ProbeResult } from '../../channels/channel';
import { AppError } from '../../domain/errors';

/** Runs a channel's checks. What throws or takes longer than `limitMs` is a failed check too: whoever asks wants to know what to mend. */
export async function probeWithin(probe: () => Promise<ProbeResult>, limitMs: number): Promise<ProbeResult> {
  const done = new AbortController();
  const late = wait(limitMs, undefined, { signal: done.signal }).then(() =>
    failed(`No result within ${limitMs / 1000} s.`, 'Check the base URL and that this server may reach the platform.'),
  );
  late.catch(() => undefined);
  try {
    const { ok, checks } = await Promise.race([(async () => probe())(), late]);
    return { ok, checks };
  } catch (error) {
    if (error instanceof AppError) return failed(error.message, 'Mend the settings and test again.');
    return failed('The test itself failed.', 'Test again; if it stays, look into the log of the gateway.');
  } finally {
    done.abort();
  }
}

export const failed = (detail: string, mend: string, name = 'probe'): ProbeResult => ({
  ok: false,
  checks: [{ name, ok: false, detail, mend }],
});
