import type { Cursor } from './cursor.ts';

/** What a value is in a row. `texts` and `numbers` are lists. */
export type Kind = 'text' | 'number' | 'texts' | 'numbers' | 'map' | 'other';

/** How values of one type lie in a frame. `n` values follow each other. */
export interface Type {
  readonly kind: Kind;
  /** True where a value may be null. */
  readonly nulls: boolean;
  /** Passes what stands once before the data. */
  prefix(cursor: Cursor): void;
  /** Passes and checks `n` values: what was skipped can be read. */
  skip(cursor: Cursor, n: number): void;
  read(cursor: Cursor, n: number): unknown[];
}

/** The prefix of types that have none. */
export const nothing = (): void => {};
