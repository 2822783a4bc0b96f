import assert from 'node:assert';
import type { Column, Fields, RecordType, RowOf } from '../field.ts';
import { Frame } from './frame.ts';

/** A view of one row at a time. `row` is always the same object: what must be kept is copied with copyRow. */
export interface RowCursor<R> {
  readonly row: Readonly<R>;
  readonly length: number;
  /** Moves to row `i`, 0 to length - 1, and returns `row`. */
  seek(i: number): Readonly<R>;
}

/**
 * Rows of a frame as one light object whose getters read the cursor's row. A column is decoded when it is first read;
 * a column that the frame lacks gives empty values. Reading throws TRIPLINE_FRAME_CORRUPT where Frame.column does.
 */
export function rowsOf<F extends Fields>(type: RecordType<F>, frame: Frame): RowCursor<RowOf<F>> {
  let Row = classes.get(type as RecordType);
  if (Row === undefined) {
    Row = rowClass(type.columns);
    classes.set(type as RecordType, Row);
  }
  return new Row(frame) as unknown as RowCursor<RowOf<F>>;
}

/** A plain copy of a row. */
export function copyRow<F extends Fields>(type: RecordType<F>, row: Readonly<RowOf<F>>): RowOf<F> {
  const copy: Record<string, unknown> = {};
  for (const { name } of type.columns) copy[name] = row[name as keyof F];
  return copy as RowOf<F>;
}

/** Plain copies of all rows of an encoded frame. @throws TriplineError TRIPLINE_FRAME_CORRUPT */
export function copyRows<F extends Fields>(type: RecordType<F>, bytes: Buffer): RowOf<F>[] {
  const cursor = rowsOf(type, Frame.decode(bytes));
  return Array.from({ length: cursor.length }, (_, i) => copyRow(type, cursor.seek(i)));
}

type CursorClass = new (frame: Frame) => RowCursor<object>;
const classes = new WeakMap<RecordType, CursorClass>();

/** The getters are made once per record type, not per frame. */
function rowClass(columns: readonly Column[]): CursorClass {
  class Row {
    #frame: Frame;
    #values: (readonly unknown[] | undefined)[] = new Array(columns.length).fill(undefined);
    #at = 0;

    constructor(frame: Frame) {
      this.#frame = frame;
    }

    static seek(row: Row, i: number): void {
      row.#at = i;
    }

    static {
      columns.forEach(({ name, type }, k) => {
        Object.defineProperty(Row.prototype, name, {
          enumerable: true,
          get(this: Row) {
            let values = this.#values[k];
            if (values === undefined) {
              values = this.#frame.column(name, type);
              this.#values[k] = values;
            }
            return values[this.#at];
          },
        });
      });
    }
  }

  return class {
    readonly row: Row;
    readonly length: number;

    constructor(frame: Frame) {
      this.row = new Row(frame);
      this.length = frame.length;
    }

    seek(i: number): Row {
      assert(i >= 0 && i < this.length, `Row ${i} of ${this.length}`);
      Row.seek(this.row, i);
      return this.row;
    }
  };
}
