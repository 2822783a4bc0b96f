import fc from 'fast-check';
import type { Column, ColumnType } from '../field.ts';

/** Any text that UTF-8 can carry, NUL included. */
export const anyText = fc.string({ unit: 'binary', maxLength: 60 });
/** Any JavaScript text, with halves of surrogate pairs. */
export const brokenText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 60 })
  .map((codes) => String.fromCharCode(...codes));
const few = fc.constantFrom('', 'read', 'mcp://files', 'Zürich', '東京', '\0');
const whole = fc.maxSafeNat();

export function valuesOf(type: ColumnType, text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const values: { [C in ColumnType]: fc.Arbitrary<unknown> } = {
    String: text,
    'LowCardinality(String)': fc.oneof(few, text),
    // The engine's calendar: 1900 to 2299.
    "DateTime64(3, 'UTC')": fc.integer({ min: -2_208_988_800_000, max: 10_413_791_999_999 }),
    UInt8: fc.integer({ min: 0, max: 255 }),
    UInt16: fc.integer({ min: 0, max: 65_535 }),
    UInt32: fc.integer({ min: 0, max: 4_294_967_295 }),
    UInt64: whole,
    Float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
    'Array(String)': fc.array(text, { maxLength: 5 }),
    'Array(LowCardinality(String))': fc.array(fc.oneof(few, text), { maxLength: 5 }),
    'Array(UInt64)': fc.array(whole, { maxLength: 5 }),
    'Map(String, String)': fc
      .uniqueArray(fc.tuple(text, text), { maxLength: 4, selector: ([key]) => wellFormed(key) })
      .map((entries) => Object.assign(Object.create(null), Object.fromEntries(entries))),
  };
  return values[type];
}

export const TYPES: readonly ColumnType[] = [
  'String',
  'LowCardinality(String)',
  "DateTime64(3, 'UTC')",
  'UInt8',
  'UInt16',
  'UInt32',
  'UInt64',
  'Float64',
  'Array(String)',
  'Array(LowCardinality(String))',
  'Array(UInt64)',
  'Map(String, String)',
];

/** Half of a surrogate pair cannot be UTF-8: it becomes U+FFFD. */
export function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

export interface Table {
  columns: Column[];
  rows: Record<string, unknown>[];
}

/** Columns of any types in any order, and rows for them. */
export function tables(text: fc.Arbitrary<string>, rows_min = 0): fc.Arbitrary<Table> {
  return fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 14 }).chain((types) => {
    const columns = types.map((type, i) => ({ name: `c${i}`, type }));
    const row = fc.record(Object.fromEntries(columns.map(({ name, type }) => [name, valuesOf(type, text)])));
    return fc.record({
      columns: fc.constant(columns),
      rows: fc.array(row as fc.Arbitrary<Record<string, unknown>>, { minLength: rows_min, maxLength: 30 }),
    });
  });
}
