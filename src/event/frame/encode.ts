import assert from 'node:assert';
import { compileColumn } from '../compile.ts';
import { type Column, type ColumnType, emptyValue } from '../field.ts';
import { Output } from './output.ts';

type Encode = (out: Output, values: readonly unknown[], column: Column) => void;

/**
 * Writes rows as one ClickHouse Native block: varint columns, varint rows, then per column name, type and data.
 * Missing values are written as empty values. A value that its column cannot hold is a programmer error.
 */
export function encodeFrame(layout: readonly Column[], rows: readonly object[]): Buffer {
  const out = scratch;
  out.length = 0;
  out.varint(layout.length);
  out.varint(rows.length);
  const values = new Array<unknown>(rows.length);
  for (const column of layout) {
    out.text(column.name);
    out.text(column.type);
    // Zero rows are zero bytes: not even a version is written.
    if (rows.length === 0) continue;
    if (collect(rows, column, values)) out.zeros(rows.length * EMPTY_BYTES[column.type]);
    else ENCODE[column.type](out, values, column);
  }
  return out.take();
}

/** Fills `values` with a column's values; true when all of them are empty and empty values are nothing but zeros. */
function collect(rows: readonly object[], { name, type }: Column, values: unknown[]): boolean {
  let take = columns.get(name);
  if (take === undefined) {
    take = compileColumn(name);
    if (columns.size < COLUMNS_MAX) columns.set(name, take);
  }
  take(rows, values);
  if (EMPTY_BYTES[type] === 0) return false;
  const empty = emptyValue(type);
  for (let i = 0; i < rows.length; i++) if (values[i] !== empty && values[i] !== undefined) return false;
  // Minus zero equals zero, and is not written as zeros.
  return type !== 'Float64' || !values.some((value) => Object.is(value, -0));
}

const COLUMNS_MAX = 1000;
const columns = new Map<string, ReturnType<typeof compileColumn>>();

/** Bytes of an empty value where all of them are zero. */
const EMPTY_BYTES: { [C in ColumnType]: number } = {
  String: 1,
  'LowCardinality(String)': 0,
  "DateTime64(3, 'UTC')": 8,
  UInt8: 1,
  UInt16: 2,
  UInt32: 4,
  UInt64: 8,
  Float64: 8,
  'Array(String)': 8,
  'Array(LowCardinality(String))': 0,
  'Array(UInt64)': 8,
  'Map(String, String)': 8,
};

const scratch = new Output(64 << 10);

const ENCODE: { [C in ColumnType]: Encode } = {
  String: texts,
  'LowCardinality(String)': (out, values, column) => {
    version(out);
    codes(out, values, column);
  },
  "DateTime64(3, 'UTC')": (out, values, column) => {
    for (const value of values) {
      const ms = Math.floor((value as number) ?? 0);
      if (!Number.isSafeInteger(ms)) refuse(column, value);
      out.int64(ms);
    }
  },
  UInt8: unsigned(1),
  UInt16: unsigned(2),
  UInt32: unsigned(4),
  UInt64: wholes,
  Float64: (out, values, column) => {
    out.reserve(8 * values.length);
    for (const value of values) {
      if (typeof (value ?? 0) !== 'number') refuse(column, value);
      out.view.setFloat64(out.length, (value as number) ?? 0, true);
      out.length += 8;
    }
  },
  'Array(String)': (out, values, column) => texts(out, flatten(out, values, column), column),
  'Array(LowCardinality(String))': (out, values, column) => {
    version(out);
    codes(out, flatten(out, values, column), column);
  },
  'Array(UInt64)': (out, values, column) => wholes(out, flatten(out, values, column), column),
  'Map(String, String)': (out, values, column) => {
    const maps = values.map((value) => {
      if (value === undefined || value === null) return undefined;
      return typeof value === 'object' ? Object.entries(value) : refuse(column, value);
    });
    const entries = flatten(out, maps, column) as [string, unknown][];
    for (const [key] of entries) out.text(key);
    for (const [, value] of entries) text(out, value, column);
  },
};

function texts(out: Output, values: readonly unknown[], column: Column): void {
  for (const value of values) text(out, value, column);
}

function text(out: Output, value: unknown, column: Column): void {
  if (typeof value === 'string') out.text(value);
  else if (value === undefined || value === null) out.varint(0);
  else refuse(column, value);
}

function wholes(out: Output, values: readonly unknown[], column: Column): void {
  for (const value of values) {
    const whole = (value as number) ?? 0;
    if (!Number.isSafeInteger(whole) || whole < 0) refuse(column, value);
    out.int64(whole);
  }
}

function unsigned(width: 1 | 2 | 4): Encode {
  const end = 2 ** (8 * width);
  return (out, values, column) => {
    out.reserve(width * values.length);
    for (const value of values) {
      const whole = (value as number) ?? 0;
      if (!Number.isInteger(whole) || whole < 0 || whole >= end) refuse(column, value);
      out.length = out.bytes.writeUIntLE(whole, out.length, width);
    }
  };
}

/** Writes the end offsets of lists and returns their values end to end. */
function flatten(out: Output, lists: readonly unknown[], column: Column): unknown[] {
  const flat: unknown[] = [];
  out.reserve(8 * lists.length);
  for (let i = 0; i < lists.length; i++) {
    const list = lists[i];
    if (list !== undefined && list !== null) {
      if (!Array.isArray(list)) refuse(column, list);
      for (let j = 0; j < list.length; j++) flat.push(list[j]);
    }
    out.int64(flat.length);
  }
  return flat;
}

const DICTIONARY_VERSION = 1;
/** Keys are in the block, and the reader takes them as they are. The index type goes into the low byte. */
const OWN_DICTIONARY = 0x600;
let indexes = new Uint32Array(4096);
/** Texts of the dictionary that is being written; what stands behind its end is left over from another. */
const keys: string[] = [];

function version(out: Output): void {
  out.int64(DICTIONARY_VERSION);
}

/** Dictionary coded texts. No values are no bytes. */
function codes(out: Output, values: readonly unknown[], column: Column): void {
  const count = values.length;
  if (count === 0) return;
  if (indexes.length < count) indexes = new Uint32Array(count * 2);
  const dictionary = new Map<unknown, number>();
  let last: unknown = dictionary;
  let code = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? '';
    if (value !== last) {
      last = value;
      const known = dictionary.get(value);
      if (known === undefined) {
        if (typeof value !== 'string') refuse(column, value);
        code = dictionary.size;
        dictionary.set(value, code);
        keys[code] = value;
      } else code = known;
    }
    indexes[i] = code;
  }
  const kind = dictionary.size <= 0x100 ? 0 : dictionary.size <= 0x1_0000 ? 1 : 2;
  out.int64(OWN_DICTIONARY | kind);
  out.int64(dictionary.size);
  for (let i = 0; i < dictionary.size; i++) out.text(keys[i]!);
  out.int64(count);
  writeIndexes(out, count, 1 << kind);
}

function writeIndexes(out: Output, count: number, width: number): void {
  out.reserve(count * width);
  if (width === 1) for (let i = 0; i < count; i++) out.bytes[out.length++] = indexes[i]!;
  else for (let i = 0; i < count; i++) out.length = out.bytes.writeUIntLE(indexes[i]!, out.length, width);
}

function refuse(column: Column, value: unknown): never {
  assert.fail(
    `Column ${column.name} of type ${column.type} cannot hold a value of type ${typeof value}: ${kindOf(value)}`,
  );
}

/** What a wrong value was, without showing content. */
function kindOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : Object.prototype.toString.call(value);
}
