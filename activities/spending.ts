import { AppError } from '../domain/errors';
import { isCounted, levelOf, periodOf, resetText, type Spender, type SpendingLimit } from '../domain/spending';
import type { Store } from '../store';
import type { OpenTurn } from '../store/turns';

/** The limits that a turn stands under. */
export interface Allowance {
  /** Has administrators told of what is near or at its limit. @throws AppError where a limit refuses; its code says when that opens again */
  demand(spender: Spender, now?: Date): Promise<void>;
}

/** Looks at once for the limits around a turn, so that nothing waits for them later. */
export function openAllowance({ spending }: Pick<Store, 'spending'>, turn: OpenTurn): Allowance {
  // What has begun to be answered is not refused in the middle.
  const around = turn.attempts > 0 || !turn.limited ? Promise.resolve([]) : spending.around(turn);
  around.catch(() => undefined);

  async function stand(limit: SpendingLimit, spender: Spender, now: Date) {
    const period = periodOf(limit, now);
    const used = limit.eachPerson ? await spending.usedBy(turn, limit, period, spender.userId) : await spending.used(turn, limit, period);
    const level = levelOf(used, limit.amount);
    if (level > 0) await spending.reached(limit.id, level, used, period);
    return { limit, period, isRefused: level === 100 && limit.action === 'refuse' };
  }

  return {
    async demand(spender, now = new Date()) {
      const standing = await Promise.all((await around).filter((one) => isCounted(one, spender)).map((one) => stand(one, spender, now)));
      const refusing = standing.filter(({ isRefused }) => isRefused).sort((a, b) => b.period.to.getTime() - a.period.to.getTime());
      const [last] = refusing;
      if (!last) return;
      throw new AppError(
        `spending_limit:${resetText(last.period, last.limit.timeZone)}`,
        `Used up: ${refusing.map(({ limit }) => `"${limit.name}"`).join(', ')}. See the limits on the page Usage.`,
      );
    },
  };
}
