/** Whose rows a query may see. */
export interface Scope {
  readonly tenantId: string;
  readonly organizationId: string;
}

/** Where a list goes on: rows after this one, in the list's own order. */
export interface Page {
  /** A string is exact to the microsecond, as {@link Listed} rows carry it. */
  readonly afterTime: Date | string;
  readonly afterId: string;
  readonly limit: number;
}

/** A row of a list: a `Date` drops the microseconds that the order needs. */
export type Listed<Row> = Row & { readonly listedAt: string };

/** SQL for a time as {@link Listed} carries it. */
export const exactTime = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
