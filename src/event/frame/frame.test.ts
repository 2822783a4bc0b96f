import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TriplineError } from '../../errors.ts';
import { EVENT } from '../event.ts';
import { type Column, recordType, rowOf } from '../field.ts';
import { anyText, brokenText, tables, wellFormed } from './arbitraries.ts';
import { copyRow, encodeFrame, Frame, rowsOf } from './index.ts';

const A: Column = { name: 'a', type: 'UInt8' };

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

function failure(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Decodes everything there is in the bytes. */
function readAll(bytes: Buffer): unknown[] {
  const frame = Frame.decode(bytes);
  return frame.names.map((name) => frame.column(name));
}

describe('the layout of a frame', () => {
  it('is columns, rows, then name, type and data of each column', () => {
    expect(encodeFrame([A], [{ a: 1 }, { a: 255 }])).toEqual(hex('01 02 0161 0555496e7438 01 ff'));
  });

  it('codes repeated texts with one byte an index', () => {
    const bytes = encodeFrame([{ name: 'c', type: 'LowCardinality(String)' }], [{ c: 'x' }, { c: 'yz' }, { c: 'x' }]);
    const type = Buffer.from('LowCardinality(String)');
    const data = '0100000000000000 0006000000000000 0200000000000000 0178 02797a 0300000000000000 00 01 00';
    expect(bytes).toEqual(Buffer.concat([hex('01 03 0163 16'), type, hex(data)]));
  });

  it('is two counts and the names when there are no rows', () => {
    expect(encodeFrame([A], [])).toEqual(hex('01 00 0161 0555496e7438'));
    expect(Frame.decode(hex('00 00'))).toMatchObject({ length: 0, names: [] });
  });
});

describe('what was written', () => {
  it('is read again, half surrogate pairs as U+FFFD', () => {
    fc.assert(
      fc.property(tables(brokenText), ({ columns, rows }) => {
        const frame = Frame.decode(encodeFrame(columns, rows));
        expect(frame.length).toBe(rows.length);
        expect(frame.names).toEqual(columns.map(({ name }) => name));
        for (const { name, type } of columns) {
          const expected = rows.map((row) => normal(row[name]));
          expect(frame.column(name, type)).toEqual(expected);
        }
      }),
    );
  });

  it('has empty values where a row said nothing', () => {
    const [row] = readRows(encodeFrame(EVENT.columns, [{}]));
    expect(row).toEqual(rowOf(EVENT, {}));
  });

  it('keeps texts on both sides of every length at which the coding changes', () => {
    const lengths = [0, 1, 39, 40, 41, 42, 43, 127, 128, 16_383, 16_384, 100_000];
    const texts = lengths.flatMap((length) => ['a', 'é', '語'].map((letter) => letter.repeat(length)));
    const bytes = encodeFrame(
      [{ name: 's', type: 'String' }],
      texts.map((s) => ({ s })),
    );
    expect(Frame.decode(bytes).column('s')).toEqual(texts);
  });

  it.each([
    ['UInt8', 256],
    ['UInt16', -1],
    ['UInt32', 1.5],
    ['UInt64', 2 ** 53],
    ['Float64', '1'],
    ["DateTime64(3, 'UTC')", Number.NaN],
    ['String', 7],
    ['LowCardinality(String)', 7],
    ['Array(String)', 'x'],
    ['Array(UInt64)', [0.5]],
    ['Map(String, String)', 'x'],
  ] as const)('never holds in %s what it cannot: %s', (type, v) => {
    expect(() => encodeFrame([{ name: 'v', type }], [{ v }])).toThrow(/Column v of type/);
  });
});

function readRows(bytes: Buffer) {
  const cursor = rowsOf(EVENT, Frame.decode(bytes));
  return Array.from({ length: cursor.length }, (_, i) => copyRow(EVENT, cursor.seek(i)));
}

function normal(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  const map: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) map[wellFormed(key)] = normal(item);
  return map;
}

describe('rows of a frame', () => {
  it('are one object that shows the row it was moved to', () => {
    const cursor = rowsOf(EVENT, Frame.decode(encodeFrame(EVENT.columns, [{ event_id: 'a' }, { event_id: 'b' }])));
    const first = cursor.seek(0);
    expect(first.event_id).toBe('a');
    expect(cursor.seek(1)).toBe(first);
    expect(first.event_id).toBe('b');
    expect(() => cursor.seek(2)).toThrow('Row 2 of 2');
  });

  it('of two frames do not disturb each other', () => {
    const [a, b] = ['a', 'b'].map((event_id) =>
      rowsOf(EVENT, Frame.decode(encodeFrame(EVENT.columns, [{ event_id }]))),
    );
    expect([a!.seek(0).event_id, b!.seek(0).event_id]).toEqual(['a', 'b']);
  });

  it('have empty values for columns that the frame lacks, and skip columns they do not know', () => {
    const columns: Column[] = [
      { name: 'from_the_future', type: 'Array(String)' },
      { name: 'event_id', type: 'LowCardinality(String)' },
    ];
    const [row] = readRows(encodeFrame(columns, [{ event_id: 'e', from_the_future: ['x'] }]));
    expect(row).toEqual(rowOf(EVENT, { event_id: 'e' }));
  });

  it('refuse a column of another kind of value', () => {
    const bytes = encodeFrame([{ name: 'event_id', type: 'UInt32' }], [{ event_id: 1 }]);
    expect(failure(() => readRows(bytes))).toMatchObject({
      code: 'TRIPLINE_FRAME_CORRUPT',
      message: expect.stringContaining('"event_id": type "UInt32" where String was expected'),
    });
  });

  it('keep a key named __proto__ a key', () => {
    const type = recordType('t', { m: EVENT.fields.attributes });
    const m = Object.fromEntries([['__proto__', 'x']]);
    const frame = Frame.decode(encodeFrame(type.columns, [{ m }]));
    expect(Object.entries(rowsOf(type, frame).seek(0).m)).toEqual([['__proto__', 'x']]);
  });
});

describe('a corrupt frame', () => {
  const corrupt = (bytes: Buffer) =>
    expect(failure(() => readAll(bytes))).toMatchObject({ code: 'TRIPLINE_FRAME_CORRUPT' });

  it('names the column and the type that this version does not know', () => {
    const bytes = Buffer.concat([hex('01 01 0161 04'), Buffer.from('JSON'), hex('00')]);
    expect(failure(() => Frame.decode(bytes))).toMatchObject({
      code: 'TRIPLINE_FRAME_CORRUPT',
      message: expect.stringContaining('in column "a": unknown type "JSON"'),
      retriable: false,
    });
  });

  it.each([
    ['nothing at all', ''],
    ['rows without columns', '00 05 0000000000'],
    ['more rows than bytes', '01 ffffffffffff1f 0161 0555496e7438 01'],
    ['a length that never ends', 'ffffffffffffffffffff'],
    ['a column twice', '02 01 0161 0555496e7438 01 0161 0555496e7438 01'],
    ['bytes after the end', '01 01 0161 0555496e7438 01 00'],
    ['an integer beyond 2^53', '01 01 0161 0655496e743634 0000000000002000'],
  ])('is %s', (_, bytes) => corrupt(hex(bytes)));

  it('is a type that nests without end', () => {
    const type = Buffer.from(`${'Array('.repeat(20_000)}String${')'.repeat(20_000)}`);
    const length = hex('80f70e');
    corrupt(Buffer.concat([hex('01 01 0161'), length, type, Buffer.alloc(64)]));
  });

  it('is every frame that was cut', () => {
    const row = { a: 'x', b: ['y'], c: [1], d: { k: 'v' }, e: 'z' };
    const columns: Column[] = [
      { name: 'a', type: 'LowCardinality(String)' },
      { name: 'b', type: 'Array(LowCardinality(String))' },
      { name: 'c', type: 'Array(UInt64)' },
      { name: 'd', type: 'Map(String, String)' },
      { name: 'e', type: 'String' },
    ];
    const bytes = encodeFrame(columns, [row, row]);
    for (let size = 0; size < bytes.length; size++) corrupt(bytes.subarray(0, size));
  });

  it('never fails otherwise, whatever byte was changed', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(tables(anyText, 1), edits, ({ columns, rows }, changes) => {
        const bytes = encodeFrame(columns, rows);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const error = failure(() => readAll(bytes));
        if (error !== undefined) expect((error as TriplineError).code).toBe('TRIPLINE_FRAME_CORRUPT');
      }),
      { numRuns: 3000 },
    );
  });

  it('never fails otherwise on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const error = failure(() => readAll(Buffer.from(noise)));
        if (error !== undefined) expect(error).toBeInstanceOf(TriplineError);
      }),
      { numRuns: 3000 },
    );
  });
});
