/** Bytes being written: one buffer that grows and is reused, so a frame costs one copy and no garbage. */
export class Output {
  bytes: Buffer;
  /** The same bytes: engines compile its setters to plain stores, Buffer's write methods not. */
  view: DataView;
  length = 0;

  constructor(bytes_min: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes_min);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `extra` more bytes. Callers write into `bytes` at `length` and move `length`. */
  reserve(extra: number): void {
    const need = this.length + extra;
    if (need <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(need, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  zeros(count: number): void {
    this.reserve(count);
    this.bytes.fill(0, this.length, this.length + count);
    this.length += count;
  }

  varint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  /** Little-endian 64-bit integer; negative values as two's complement. */
  int64(value: number): void {
    this.reserve(8);
    this.view.setInt32(this.length, value, true);
    this.view.setInt32(this.length + 4, Math.floor(value / 0x1_0000_0000), true);
    this.length += 8;
  }

  /** Length and UTF-8 bytes. Half of a surrogate pair becomes U+FFFD. */
  text(value: string): void {
    const { length } = value;
    if (length > SHORT_CHARS) {
      const size = Buffer.byteLength(value);
      this.varint(size);
      this.reserve(size);
      this.length += this.bytes.write(value, this.length, size, 'utf8');
      return;
    }
    this.reserve(1 + 3 * length);
    const start = this.length + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        const size = this.bytes.write(value, start, 3 * length, 'utf8');
        this.bytes[start - 1] = size;
        this.length = start + size;
        return;
      }
      this.bytes[start + i] = code;
    }
    this.bytes[start - 1] = length;
    this.length = start + length;
  }

  /** A copy of what was written. The buffer starts again, and is given back when one large frame blew it up. */
  take(): Buffer {
    const copy = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES_MAX) {
      this.bytes = Buffer.allocUnsafeSlow(KEPT_BYTES_MAX);
      this.view = new DataView(this.bytes.buffer);
    }
    return copy;
  }
}

/** Up to this many characters the length is certain to fit one byte, and a loop beats a native call. */
const SHORT_CHARS = 40;
const KEPT_BYTES_MAX = 8 << 20;
