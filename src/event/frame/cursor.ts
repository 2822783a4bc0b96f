import { TriplineError } from '../../errors.ts';

declare global {
  interface Buffer {
    /** What `toString` calls after it has looked at its arguments, which takes as long as a short text. */
    utf8Slice(start: number, end: number): string;
    latin1Slice(start: number, end: number): string;
  }
}

/** A place in a frame. Every move is checked against the end, so no reader leaves the bytes. */
export class Cursor {
  readonly bytes: Buffer;
  at: number;
  /** Column being read, for the error's text. */
  column = '';

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  corrupt(what: string): never {
    const where = this.column === '' ? '' : ` in column ${printable(this.column)}`;
    throw new TriplineError('TRIPLINE_FRAME_CORRUPT', `Frame cannot be read${where}: ${what} at byte ${this.at}`);
  }

  /** Moves over `size` bytes and returns where they start. */
  pass(size: number): number {
    if (!(size <= this.bytes.length - this.at)) this.corrupt(`${size} bytes expected, ${this.left} left`);
    const start = this.at;
    this.at = start + size;
    return start;
  }

  /** A count of things of at least one byte each. */
  count(value: number): number {
    if (!(value <= this.left)) this.corrupt(`${value} values expected in ${this.left} bytes`);
    return value;
  }

  varint(): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.bytes[this.pass(1)]!;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
    return this.corrupt('a length that is too long');
  }

  /** UInt64 that is used as a count, an offset or a flag. */
  uint64(): number {
    const start = this.pass(8);
    return this.bytes.readUInt32LE(start) + this.bytes.readUInt32LE(start + 4) * 0x1_0000_0000;
  }

  text(): string {
    const size = this.varint();
    const start = this.pass(size);
    const { bytes } = this;
    const end = start + size;
    for (let i = start; i < end; i++) if (bytes[i]! >= 0x80) return bytes.utf8Slice(start, end);
    return bytes.latin1Slice(start, end);
  }

  /** Moves over `size` bytes if they are there and all of them are zero: most columns of most frames are empty. */
  passZeros(size: number): boolean {
    const end = this.at + size;
    if (size > ZEROS.length || end > this.bytes.length) return false;
    if (ZEROS.compare(this.bytes, this.at, end, 0, size) !== 0) return false;
    this.at = end;
    return true;
  }

  skipTexts(count: number): void {
    if (this.passZeros(count)) return;
    const { bytes } = this;
    for (let i = 0; i < count; i++) {
      const size = bytes[this.at];
      if (size !== undefined && size < 0x80) {
        this.at++;
        this.pass(size);
      } else this.pass(this.varint());
    }
  }
}

const ZEROS = Buffer.alloc(64 << 10);
/** 2^49 bytes is more than any frame holds, and exact in a number. */
const VARINT_BYTES_MAX = 7;
const SHOWN_CHARS_MAX = 64;

/** Names in a frame are from outside: shown cut and without control characters. */
export function printable(name: string): string {
  return JSON.stringify(name.slice(0, SHOWN_CHARS_MAX));
}
