import { type Fields, type RecordType, type RowOf, TIME } from './field.ts';

/** A row as JSON: every column of its type, times as ISO texts. */
export function toJson<F extends Fields>(type: RecordType<F>, row: RowOf<F>): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const column of type.columns) {
    const value = (row as Record<string, unknown>)[column.name];
    json[column.name] = column.type === TIME ? new Date(value as number).toISOString() : value;
  }
  return json;
}

/** The same without the columns that say nothing: an event has fifty, and few of them are set. */
export function terse(row: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => !isSilent(value)));
}

function isSilent(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
