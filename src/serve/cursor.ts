import * as z from 'zod';

/** Where a page ended: a row's time and what tells it from others of that time. */
export interface Place {
  at: number;
  ids: string[];
}

const Written = z.tuple([z.string(), z.int(), z.array(z.string())]);

export function encodeCursor(list: string, { at, ids }: Place): string {
  return Buffer.from(JSON.stringify([list, at, ids])).toString('base64url');
}

/** @throws z.ZodError when `encodeCursor` did not make it for this list */
export function decodeCursor(list: string, cursor: string, ids_count: number): Place {
  const read = Written.safeParse(parsed(cursor));
  if (read.success && read.data[0] === list && read.data[2].length === ids_count) {
    return { at: read.data[1], ids: read.data[2] };
  }
  throw new z.ZodError([
    { code: 'custom', path: ['cursor'], message: `a next_cursor of ${list}`, input: cursor, params: {} },
  ]);
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
