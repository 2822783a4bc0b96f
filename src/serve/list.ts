import type { Store } from '../store/store.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { Filters } from './filters.ts';

export interface Page {
  items: Record<string, unknown>[];
  /** Present when there is more. */
  next_cursor?: string;
}

/** A list that is read newest first, page by page. */
export interface List {
  name: string;
  /** Table or subquery. */
  from: string;
  /** Column it goes by. It must not change once a row is there: pages would miss or repeat it. */
  time: string;
  /** Columns that tell rows of one time apart. Rows that agree in all of them are shown once. */
  ids: readonly string[];
  show(row: Record<string, unknown>): Record<string, unknown>;
}

export async function readPage(store: Pick<Store, 'query'>, list: List, filters: Filters): Promise<Page> {
  const { sql, params } = whereOf(list, filters);
  const order = [list.time, ...list.ids].map((column) => `${column} DESC`).join(', ');
  const rows = await store.query<Record<string, unknown>>(
    `SELECT * FROM ${list.from} WHERE ${sql} ORDER BY ${order} LIMIT {rows:UInt32}`,
    { ...params, rows: filters.limit + 1 },
  );
  const shown = rows.slice(0, filters.limit);
  const keys = shown.map((row) => keyOf(list, row));
  const items = shown.filter((_, i) => keys[i] !== keys[i - 1]).map((row) => list.show(row));
  const next_cursor = keys.at(-1);
  return rows.length > filters.limit && next_cursor !== undefined ? { items, next_cursor } : { items };
}

function keyOf(list: List, row: Record<string, unknown>): string {
  const ids = list.ids.map((column) => String(row[column]));
  return encodeCursor(list.name, { at: Date.parse(String(row[list.time])), ids });
}

const NOT_COLUMNS = new Set(['from', 'to', 'cursor', 'limit']);

/** Equality for each filter, the range of times, and the place where the page before ended. */
function whereOf(list: List, filters: Filters): { sql: string; params: Record<string, unknown> } {
  const terms = ['1'];
  const params: Record<string, unknown> = {};
  const add = (term: string, values: Record<string, unknown>) => {
    terms.push(term);
    Object.assign(params, values);
  };
  for (const [column, value] of Object.entries(filters)) {
    if (value !== undefined && !NOT_COLUMNS.has(column)) add(`${column} = {${column}:String}`, { [column]: value });
  }
  const { from, to, cursor } = filters;
  if (from) add(`${list.time} >= ${instant('from_ms')}`, { from_ms: storable(Date.parse(from)) });
  if (to) add(`${list.time} < ${instant('to_ms')}`, { to_ms: storable(Date.parse(to)) });
  if (cursor) {
    const { at, ids } = decodeCursor(list.name, cursor, list.ids.length);
    const values = Object.fromEntries(ids.map((id, i) => [`after_${i}`, id]));
    const place = [instant('after_ms'), ...ids.map((_, i) => `{after_${i}:String}`)].join(', ');
    add(`(${[list.time, ...list.ids].join(', ')}) < (${place})`, { after_ms: storable(at), ...values });
  }
  return { sql: terms.join(' AND '), params };
}

/** A bound time, epoch ms, as a column holds it. */
export const instant = (name: string) => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;

const OLDEST_MS = Date.UTC(1900, 0, 1);
const NEWEST_MS = Date.UTC(2299, 11, 31);

/** Times beyond what a column can hold would wrap around. */
export function storable(at_ms: number): number {
  return Math.min(Math.max(at_ms, OLDEST_MS), NEWEST_MS);
}
