import type { ReactNode } from 'react';
import { plain } from '../text/escape.ts';

export interface Column<T> {
  name: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand to the right. */
  number?: boolean;
}

interface TableProps<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T, index: number) => string;
  rowClass?: (row: T) => string;
  max?: number;
}

const ROWS_MAX = 200;

/** A plain table for what fits a page; says how many rows it leaves out. */
export function Table<T>({ caption, columns, rows, rowKey, rowClass, max = ROWS_MAX }: TableProps<T>): ReactNode {
  const shown = rows.slice(0, max);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="table-scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption className="sr">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, number }) => (
              <th key={name} scope="col" className={number ? 'number' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, i) => (
            <tr key={rowKey(row, i)} className={rowClass?.(row) ?? ''}>
              {columns.map(({ name, cell, number }) => (
                <td key={name} className={number ? 'number' : ''}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > max ? (
        <p className="muted">
          {max} of {rows.length} rows
        </p>
      ) : null}
    </section>
  );
}

/** Names and values, two columns. */
export function Facts({ items }: { items: readonly (readonly [name: string, value: ReactNode])[] }): ReactNode {
  return (
    <dl className="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{plain(name)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
