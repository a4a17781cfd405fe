import { getPriority, setPriority } from 'node:os';

const AHEAD = -15;

/**
 * Puts this thread before all others until what it answers is called: it stands in for platforms, which no busy machine keeps waiting, and a call
 * that it reads late would look like one that came too fast. Does nothing where that is not allowed. Processes started meanwhile inherit it.
 */
export function goFirst(): () => void {
  const before = getPriority();
  try {
    setPriority(AHEAD);
  } catch {
    return () => undefined;
  }
  return () => setPriority(before);
}
