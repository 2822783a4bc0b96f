import type { Cursor } from './cursor.ts';
import type { Type } from './type.ts';

const VERSION = 1;
/** Flags above the index type: the block carries its own keys (0x200); 0x400 asks to replace earlier ones, 0x100 would refer to ones outside. */
const OWN_KEYS = 0x200;
const OUTSIDE_KEYS = 0x100;

/**
 * LowCardinality(String): flags, keys, indexes. No values are no bytes. With `nulls`, index 0 is null.
 */
export function dictionaryCoded(nulls: boolean): Type {
  return {
    kind: 'text',
    nulls,
    prefix: (cursor) => {
      if (cursor.uint64() !== VERSION) cursor.corrupt('an unknown version of a dictionary');
    },
    skip: (cursor, n) => {
      if (n === 0) return;
      const { width, keys } = readHead(cursor);
      cursor.skipTexts(keys);
      checkIndexes(cursor, indexesAt(cursor, n, width), n, width, keys);
    },
    read: (cursor, n) => {
      if (n === 0) return [];
      const { width, keys: count } = readHead(cursor);
      const keys = new Array<string | null>(count);
      for (let i = 0; i < count; i++) keys[i] = cursor.text();
      if (nulls) keys[0] = null;
      return readIndexes(cursor.bytes, indexesAt(cursor, n, width), n, width, keys);
    },
  };
}

function readHead(cursor: Cursor): { width: number; keys: number } {
  const flags = cursor.uint64();
  const kind = flags % 0x100;
  if (kind > 2 || (flags & OWN_KEYS) === 0 || (flags & OUTSIDE_KEYS) !== 0 || flags > 0xffff) {
    cursor.corrupt('an unknown kind of dictionary');
  }
  return { width: 1 << kind, keys: cursor.count(cursor.uint64()) };
}

function indexesAt(cursor: Cursor, n: number, width: number): number {
  if (cursor.uint64() !== n) cursor.corrupt('another number of values than rows');
  return cursor.pass(n * width);
}

function checkIndexes(cursor: Cursor, start: number, n: number, width: number, keys: number): void {
  // No index of this width is too large.
  if (keys >= 2 ** (8 * width)) return;
  const { bytes } = cursor;
  let most = 0;
  for (let i = 0; i < n; i++) {
    const index = indexAt(bytes, start, i, width);
    if (index > most) most = index;
  }
  if (most >= keys) cursor.corrupt(`index ${most} into a dictionary of ${keys}`);
}

function indexAt(bytes: Buffer, start: number, i: number, width: number): number {
  if (width === 1) return bytes[start + i]!;
  const at = start + i * width;
  const low = bytes[at]! | (bytes[at + 1]! << 8);
  return width === 2 ? low : low + bytes[at + 2]! * 0x1_0000 + bytes[at + 3]! * 0x100_0000;
}

function readIndexes<T>(bytes: Buffer, start: number, n: number, width: number, keys: readonly T[]): T[] {
  const values = new Array<T>(n);
  for (let i = 0; i < n; i++) values[i] = keys[indexAt(bytes, start, i, width)]!;
  return values;
}
