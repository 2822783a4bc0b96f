import { type ColumnType, type ColumnValue, emptyValue } from '../field.ts';
import { Cursor, printable } from './cursor.ts';
import { typeOf } from './parse-type.ts';
import type { Type } from './type.ts';

interface Place {
  readonly type: Type;
  readonly typeName: string;
  readonly at: number;
  values: readonly unknown[] | undefined;
}

/**
 * A frame being read: one ClickHouse Native block. `decode` walks all of it once and checks its structure;
 * the values of a column are made when they are first asked for, and a text in a dictionary once.
 */
export class Frame {
  /** Rows. */
  readonly length: number;
  /** Columns in the order of the frame. */
  readonly names: readonly string[];
  readonly #bytes: Buffer;
  readonly #places: ReadonlyMap<string, Place>;

  private constructor(bytes: Buffer, length: number, places: ReadonlyMap<string, Place>) {
    this.#bytes = bytes;
    this.length = length;
    this.names = [...places.keys()];
    this.#places = places;
  }

  /**
   * The bytes are kept, not copied.
   * @throws TriplineError TRIPLINE_FRAME_CORRUPT for anything but exactly one block of known types
   */
  static decode(bytes: Buffer): Frame {
    const cursor = new Cursor(bytes);
    const columns = cursor.count(cursor.varint());
    const length = cursor.varint();
    // Each type takes at least a byte a row, so more rows than bytes are a lie, also without any column.
    if (length > cursor.left) cursor.corrupt(`${length} rows in ${cursor.left} bytes`);
    const places = new Map<string, Place>();
    for (let i = 0; i < columns; i++) {
      const name = cursor.text();
      cursor.column = name;
      if (places.has(name)) cursor.corrupt('the second column of this name');
      places.set(name, readPlace(cursor, length));
      cursor.column = '';
    }
    if (cursor.left > 0) cursor.corrupt(`${cursor.left} bytes too many`);
    if (length > 0 && columns === 0) cursor.corrupt('rows without columns');
    return new Frame(bytes, length, places);
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** ClickHouse type of a column as the frame names it. */
  typeName(name: string): string | undefined {
    return this.#places.get(name)?.typeName;
  }

  /**
   * Values of a column. With `type`, nulls and a column that the frame lacks are empty values.
   * @throws TriplineError TRIPLINE_FRAME_CORRUPT when the frame's values are not of that type, or are beyond 2^53
   */
  column<C extends ColumnType>(name: string, type: C): readonly ColumnValue[C][];
  column(name: string): readonly unknown[];
  column(name: string, type?: ColumnType): readonly unknown[] {
    const place = this.#places.get(name);
    if (place === undefined) return new Array(this.length).fill(type && emptyValue(type));
    const values = this.#values(name, place);
    if (type === undefined) return values;
    const { kind, nulls } = typeOf(type)!;
    if (this.length > 0 && place.type.kind !== kind) {
      this.#cursor(name, place).corrupt(`type ${printable(place.typeName)} where ${type} was expected`);
    }
    return place.type.nulls && !nulls ? values.map((value) => value ?? emptyValue(type)) : values;
  }

  #values(name: string, place: Place): readonly unknown[] {
    if (place.values === undefined) {
      const cursor = this.#cursor(name, place);
      if (this.length > 0) place.type.prefix(cursor);
      place.values = this.length > 0 ? place.type.read(cursor, this.length) : [];
    }
    return place.values;
  }

  #cursor(name: string, place: Place): Cursor {
    const cursor = new Cursor(this.#bytes, place.at);
    cursor.column = name;
    return cursor;
  }
}

function readPlace(cursor: Cursor, length: number): Place {
  const typeName = cursor.text();
  const type = typeOf(typeName) ?? cursor.corrupt(`unknown type ${printable(typeName)}`);
  const { at } = cursor;
  if (length > 0) {
    type.prefix(cursor);
    type.skip(cursor, length);
  }
  return { type, typeName, at, values: undefined };
}
