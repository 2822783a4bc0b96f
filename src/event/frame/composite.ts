import { emptyValue } from '../field.ts';
import type { Cursor } from './cursor.ts';
import type { Kind, Type } from './type.ts';

const NO_ITEMS = emptyValue('Array(String)');
const NO_PAIRS = emptyValue('Map(String, String)');
const LISTS: Partial<Record<Kind, Kind>> = { text: 'texts', number: 'numbers' };

/** Array(item): UInt64 end offsets, then the items end to end. */
export function repeated(item: Type): Type {
  return {
    kind: LISTS[item.kind] ?? 'other',
    nulls: false,
    prefix: item.prefix,
    skip: (cursor, n) => item.skip(cursor, skipOffsets(cursor, n)),
    read: (cursor, n) => {
      const ends = readOffsets(cursor, n);
      if ((ends[n - 1] ?? 0) === 0) return new Array<unknown>(n).fill(NO_ITEMS);
      const items = item.read(cursor, ends[n - 1]!);
      let start = 0;
      return ends.map((end) => {
        if (end === start) return NO_ITEMS;
        const list = items.slice(start, end);
        start = end;
        return list;
      });
    },
  };
}

/** Map(key, value): UInt64 end offsets, all keys, all values. */
export function pairs(key: Type, value: Type): Type {
  return {
    kind: value.kind === 'text' ? 'map' : 'other',
    nulls: false,
    prefix: (cursor) => {
      key.prefix(cursor);
      value.prefix(cursor);
    },
    skip: (cursor, n) => {
      const total = skipOffsets(cursor, n);
      key.skip(cursor, total);
      value.skip(cursor, total);
    },
    read: (cursor, n) => {
      const ends = readOffsets(cursor, n);
      const total = ends[n - 1] ?? 0;
      if (total === 0) return new Array<unknown>(n).fill(NO_PAIRS);
      const keys = key.read(cursor, total) as string[];
      const values = value.read(cursor, total);
      let at = 0;
      return ends.map((end) => {
        if (end === at) return NO_PAIRS;
        const map: Record<string, unknown> = Object.create(null);
        for (; at < end; at++) map[keys[at]!] = values[at];
        return map;
      });
    },
  };
}

/** Nullable(item): a byte a value that is 1 for null, then the values, whatever stands for null among them. */
export function nullable(item: Type): Type {
  return {
    kind: item.kind,
    nulls: true,
    prefix: item.prefix,
    skip: (cursor, n) => {
      cursor.pass(n);
      item.skip(cursor, n);
    },
    read: (cursor, n) => {
      const start = cursor.pass(n);
      const values = item.read(cursor, n);
      for (let i = 0; i < n; i++) if (cursor.bytes[start + i] !== 0) values[i] = null;
      return values;
    },
  };
}

/** Checks that offsets never fall and do not promise more than the bytes could hold; returns the last one. */
function skipOffsets(cursor: Cursor, n: number): number {
  cursor.count(n * 8);
  if (cursor.passZeros(n * 8)) return 0;
  let last = 0;
  for (let i = 0; i < n; i++) {
    const end = cursor.uint64();
    if (end < last) cursor.corrupt('offsets that fall');
    last = end;
  }
  return cursor.count(last);
}

function readOffsets(cursor: Cursor, n: number): number[] {
  const ends = new Array<number>(n);
  if (cursor.passZeros(n * 8)) return ends.fill(0);
  for (let i = 0; i < n; i++) ends[i] = cursor.uint64();
  return ends;
}
