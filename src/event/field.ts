import type * as z from 'zod';

/** ClickHouse types that a frame can carry, and the value a row shows for each. */
export interface ColumnValue {
  String: string;
  'LowCardinality(String)': string;
  "DateTime64(3, 'UTC')": number;
  UInt8: number;
  UInt16: number;
  UInt32: number;
  UInt64: number;
  Float64: number;
  'Array(String)': string[];
  'Array(LowCardinality(String))': string[];
  'Array(UInt64)': number[];
  'Map(String, String)': Record<string, string>;
}

export type ColumnType = keyof ColumnValue;

/** Time columns hold epoch milliseconds in a row and an ISO 8601 text in JSON. */
export const TIME = "DateTime64(3, 'UTC')" satisfies ColumnType;
export const CODE = 'LowCardinality(String)' satisfies ColumnType;

export interface Field<C extends ColumnType = ColumnType, S extends z.ZodType = z.ZodType> {
  /** ClickHouse column type. */
  readonly column: C;
  /** What JSON may hold for this field: the schema of the door. */
  readonly schema: S;
  readonly description: string;
}

/** One field of a record: its column, the JSON that may stand for it, and what it means. */
export function field<C extends ColumnType, S extends z.ZodType>(
  column: C,
  schema: S,
  description: string,
): Field<C, S> {
  return { column, schema: schema.describe(description) as S, description };
}

export type Fields = Readonly<Record<string, Field>>;

/** A row as everything behind the door sees it: every column present, '' or 0 or [] where nothing was said. */
export type RowOf<F extends Fields> = { -readonly [K in keyof F]: ColumnValue[F[K]['column']] };

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A kind of record: what a topic's frames and a table's rows are made of. Names are the same everywhere. */
export interface RecordType<F extends Fields = Fields> {
  readonly name: string;
  readonly fields: F;
  readonly columns: readonly Column[];
}

export function recordType<F extends Fields>(name: string, fields: F): RecordType<F> {
  const columns = Object.entries(fields).map(([column, f]) => ({ name: column, type: f.column }));
  return { name, fields, columns };
}

/** The value of a column that was not set. Arrays and maps are shared and frozen: never written to. */
export function emptyValue<C extends ColumnType>(type: C): ColumnValue[C] {
  return EMPTY[type];
}

/** A row with every column at its empty value, then overlaid with `values`. */
export function rowOf<F extends Fields>(type: RecordType<F>, values: Partial<RowOf<F>>): RowOf<F> {
  const row: Record<string, unknown> = {};
  for (const { name, type: column } of type.columns)
    row[name] = (values as Record<string, unknown>)[name] ?? EMPTY[column];
  return row as RowOf<F>;
}

const noTexts = Object.freeze([]) as unknown as string[];
const noNumbers = Object.freeze([]) as unknown as number[];
const EMPTY: { [C in ColumnType]: ColumnValue[C] } = {
  String: '',
  'LowCardinality(String)': '',
  "DateTime64(3, 'UTC')": 0,
  UInt8: 0,
  UInt16: 0,
  UInt32: 0,
  UInt64: 0,
  Float64: 0,
  'Array(String)': noTexts,
  'Array(LowCardinality(String))': noTexts,
  'Array(UInt64)': noNumbers,
  'Map(String, String)': Object.freeze(Object.create(null)) as Record<string, string>,
};
