import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column, ColumnType } from '../field.ts';
import { anyText, brokenText, tables, wellFormed } from './arbitraries.ts';
import { encodeFrame, Frame } from './index.ts';

// ClickHouse itself is the oracle of the format.
let dir: string;
let engine: Session;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tripline-frame-'));
  engine = new Session(join(dir, 'engine'));
});
afterAll(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

async function write(sql: string): Promise<Buffer> {
  return Buffer.from((await engine.queryAsync(sql, { format: 'Native' })).bytes());
}

/** What the engine reads from a frame: rows of values, times as epoch ms, maps as entries. */
async function engineReads(bytes: Buffer, columns: readonly Column[]): Promise<unknown[][]> {
  const path = join(dir, 'frame.native');
  writeFileSync(path, bytes);
  const shown = columns.map(({ name, type }) => SHOWN[type]?.(name) ?? name);
  const sql = `SELECT ${shown.join(', ')} FROM file('${path}', Native) SETTINGS output_format_json_quote_64bit_integers = 0`;
  const text = (await engine.queryAsync(sql, { format: 'JSONCompactEachRow' })).text();
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
}

const SHOWN: { [C in ColumnType]?: (name: string) => string } = {
  "DateTime64(3, 'UTC')": (name) => `toUnixTimestamp64Milli(${name})`,
  'Map(String, String)': (name) => `arrayZip(mapKeys(${name}), mapValues(${name}))`,
};

function comparable(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(comparable);
  return typeof value === 'object' && value !== null ? Object.entries(value).map(comparable) : value;
}

describe('the engine', () => {
  it('reads what the writer wrote', async () => {
    await fc.assert(
      fc.asyncProperty(tables(brokenText), async ({ columns, rows }) => {
        const read = await engineReads(encodeFrame(columns, rows), columns);
        expect(read).toEqual(rows.map((row) => columns.map(({ name }) => comparable(row[name]))));
      }),
      { numRuns: 150 },
    );
  });

  it('writes what the reader reads, whatever the order of columns and with newer columns among them', async () => {
    const newer = fc.subarray(NEWER, { minLength: 0 });
    await fc.assert(
      fc.asyncProperty(
        tables(anyText, 1),
        newer,
        fc.infiniteStream(fc.nat(100)),
        async ({ columns, rows }, extra, dice) => {
          // JSON has no negative zero.
          const told: typeof rows = JSON.parse(JSON.stringify(rows));
          const path = join(dir, 'rows.ndjson');
          writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
          const shape = columns.map(({ name, type }) => `${name} ${type.replaceAll("'", "\\'")}`).join(', ');
          const wanted = [...columns.map(jsonTime), ...extra]
            .map((column) => [dice.next().value as number, column] as const)
            .sort(([a], [b]) => a - b)
            .map(([, column]) => column);
          const source = `file('${path}', JSONEachRow, '${shape.replaceAll("DateTime64(3, \\'UTC\\')", 'Int64')}')`;
          const frame = Frame.decode(await write(`SELECT ${wanted.join(', ')} FROM ${source}`));
          expect(frame.length).toBe(rows.length);
          for (const { name, type } of columns) {
            expect(frame.column(name, type).map(comparable)).toEqual(told.map((row) => comparable(row[name])));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([0, 1, 256, 257, 65_536, 65_537])('and the writer agree on a dictionary of %i values', async (count) => {
    const columns: Column[] = [{ name: 'c', type: 'LowCardinality(String)' }];
    const texts = Array.from({ length: count }, (_, i) => `v${i}`);
    const rows = [...texts, ...texts].map((c) => ({ c }));
    expect(await engineReads(encodeFrame(columns, rows), columns)).toEqual(rows.map(({ c }) => [c]));
    // A result without rows has no header either: the engine writes nothing.
    if (count === 0) return;
    const sql = `SELECT toLowCardinality('v' || toString(number % ${count})) AS c FROM numbers(${2 * count})`;
    const settings = 'SETTINGS max_block_size = 200000, max_threads = 1';
    const frame = Frame.decode(await write(`${sql} ${settings}`));
    expect(frame.column('c')).toEqual(rows.map(({ c }) => c));
  });

  it('agrees on a column of lists without any value', async () => {
    const columns: Column[] = [{ name: 'c', type: 'Array(LowCardinality(String))' }];
    expect(await engineReads(encodeFrame(columns, [{}, {}]), columns)).toEqual([[[]], [[]]]);
    const sql = 'SELECT emptyArrayString()::Array(LowCardinality(String)) AS c FROM numbers(2)';
    expect(Frame.decode(await write(sql)).column('c')).toEqual([[], []]);
  });

  it('writes columns of newer versions that the reader shows', async () => {
    const frame = Frame.decode(await write(`SELECT ${NEWER.join(', ')}`));
    expect(Object.fromEntries(frame.names.map((name) => [name, frame.column(name)[0]]))).toEqual({
      n_int8: -8,
      n_int16: -16,
      n_int32: -32,
      n_int64: -64_000_000_000,
      n_float32: 0.5,
      n_bool: 1,
      n_date: Date.UTC(2026, 0, 2),
      n_date32: Date.UTC(1950, 0, 2),
      n_datetime: Date.UTC(2026, 0, 2, 3, 4, 5),
      n_micros: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      n_before: Date.UTC(1969, 11, 31, 23, 59, 59, 998),
      n_seconds: Date.UTC(2026, 0, 2, 3, 4, 5),
      n_uuid: '61f0c404-5cb3-11e7-907b-a6006ad3dba0',
      n_null: null,
      n_not_null: 7,
      n_null_text: null,
      n_null_codes: null,
      n_codes: 'x',
      n_list: [-1, 2],
      n_lists: [['a'], [], ['b', 'c']],
      n_nulls: [null, 'x'],
      n_map: { a: 1, b: 2 },
      n_map_codes: { a: 'x' },
    });
  });
});

function jsonTime({ name, type }: Column): string {
  return type.startsWith('DateTime64') ? `fromUnixTimestamp64Milli(${name}, 'UTC') AS ${name}` : name;
}

/** Columns of types that no record of this version has. */
const NEWER = [
  'toInt8(-8) AS n_int8',
  'toInt16(-16) AS n_int16',
  'toInt32(-32) AS n_int32',
  'toInt64(-64000000000) AS n_int64',
  'toFloat32(0.5) AS n_float32',
  'true AS n_bool',
  "toDate('2026-01-02') AS n_date",
  "toDate32('1950-01-02') AS n_date32",
  "toDateTime('2026-01-02 03:04:05', 'UTC') AS n_datetime",
  "toDateTime64('2026-01-02 03:04:05.678999', 6, 'UTC') AS n_micros",
  "toDateTime64('1969-12-31 23:59:59.998001', 6, 'UTC') AS n_before",
  "toDateTime64('2026-01-02 03:04:05', 0, 'UTC') AS n_seconds",
  "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS n_uuid",
  "CAST(NULL, 'Nullable(Int32)') AS n_null",
  "CAST(7, 'Nullable(UInt64)') AS n_not_null",
  "CAST(NULL, 'Nullable(String)') AS n_null_text",
  "CAST(NULL, 'LowCardinality(Nullable(String))') AS n_null_codes",
  "CAST('x', 'LowCardinality(Nullable(String))') AS n_codes",
  "CAST([-1, 2], 'Array(Int32)') AS n_list",
  "CAST([['a'], [], ['b', 'c']], 'Array(Array(LowCardinality(String)))') AS n_lists",
  "CAST([NULL, 'x'], 'Array(Nullable(String))') AS n_nulls",
  "CAST(map('a', 1, 'b', 2), 'Map(String, UInt8)') AS n_map",
  "CAST(map('a', 'x'), 'Map(LowCardinality(String), LowCardinality(String))') AS n_map_codes",
];
