import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand on the right. */
  readonly end?: boolean;
  /** Not shown as a column name, such as that of buttons; screen readers get it. */
  readonly silent?: boolean;
}

interface Props<Row> {
  /** What it lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/** A table that becomes a list of cards at phone width. */
export function Table<Row>({ label, columns, rows, keyOf }: Props<Row>) {
  return (
    <table className="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ title, end, silent }) => (
            <th key={title} scope="col" className={end ? 'end' : undefined}>
              <span className={silent ? 'visually-hidden' : undefined}>{title}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, cell, end, silent }) => (
              <td key={title} data-label={silent ? undefined : title} className={end ? 'end' : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
