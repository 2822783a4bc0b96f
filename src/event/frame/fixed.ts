import { type Kind, nothing, type Type } from './type.ts';

export type Get = (bytes: Buffer, at: number) => unknown;

/** Values of `width` bytes. `whole` values must be exact in a number, or the frame is refused when they are read. */
export function fixed(width: number, get: Get, whole = false, kind: Kind = 'number'): Type {
  return {
    kind,
    nulls: false,
    prefix: nothing,
    skip: (cursor, n) => {
      cursor.pass(n * width);
    },
    read: (cursor, n) => {
      let at = cursor.pass(n * width);
      const values = new Array<unknown>(n);
      for (let i = 0; i < n; i++, at += width) {
        const value = get(cursor.bytes, at);
        if (whole && !Number.isSafeInteger(value)) cursor.corrupt('a number beyond 2^53');
        values[i] = value;
      }
      return values;
    },
  };
}
