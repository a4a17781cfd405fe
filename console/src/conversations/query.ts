import { dayStart } from '../parts/days';

/** What of the address narrows the list of conversations. */
export const filterNames = ['q', 'integrationId', 'expertId', 'personId', 'userId', 'state', 'chat', 'from', 'to'] as const;
export type FilterValues = { readonly [Name in (typeof filterNames)[number]]?: string };

/** The same as the API takes it. Days are this browser's; the last one is meant whole. */
export function conversationQuery(query: URLSearchParams): FilterValues {
  const given: FilterValues = Object.fromEntries([...query].filter(([name]) => filterNames.some((one) => one === name)));
  const [from, to] = [dayStart(given.from), dayStart(given.to, 1)];
  const { from: _, to: __, ...rest } = given;
  return { ...rest, ...(from && { from }), ...(to && { to }) };
}
