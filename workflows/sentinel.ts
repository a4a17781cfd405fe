import { sweep } from './steps';

/** Runs on a schedule: finds events without an end and replies without a finish, and has them repaired. */
export async function sentinel(): Promise<{ overdue: number; repaired: number; left: number }> {
  return await sweep.executeWithOptions({ summary: 'looks for events without an end' }, []);
}
