/**
 * SHA-256 (FIPS 180-4) of short texts behind a fixed first block. The hash of node:crypto takes longer to be called than to be computed:
 * three of these an event are a quarter of what the door does. All of it is additions and shifts: it takes as long for any text of a length.
 */
export interface Sha256 {
  /** The eight words of the digest of the first block followed by the text. The array is the same at every call. */
  ofText(text: string): Int32Array;
  /** The same for bytes of at most 32. */
  ofWords(words: Int32Array): Int32Array;
}

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

/** @param block the first 64 bytes of every message */
export function sha256After(block: Uint8Array): Sha256 {
  const start = Int32Array.from(INITIAL);
  compress(start, block, 0);
  const words = new Int32Array(8);
  const digest = (length: number) => {
    const end = Math.ceil((length + 1 + LENGTH_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
    scratch.fill(0, length, end);
    scratch[length] = 0x80;
    view.setUint32(end - 4, 8 * (BLOCK_BYTES + length));
    words.set(start);
    for (let at = 0; at < end; at += BLOCK_BYTES) compress(words, scratch, at);
    return words;
  };
  return {
    ofText: (text) => digest(write(text)),
    ofWords(values) {
      for (let i = 0; i < values.length; i++) view.setInt32(4 * i, values[i]!);
      return digest(4 * values.length);
    },
  };
}

/** The first `bytes` of a digest in hexadecimal. */
export function hexOf(words: Int32Array, bytes: number): string {
  for (let i = 0; 4 * i < bytes; i++) view.setInt32(4 * i, words[i]!);
  return scratch.toString('hex', 0, bytes);
}

let scratch = Buffer.alloc(1024);
let view = new DataView(scratch.buffer, scratch.byteOffset);

/** UTF-8, by hand where it is ASCII. There is room for the end of the message behind it. */
function write(text: string): number {
  const room = 3 * text.length + 2 * BLOCK_BYTES;
  if (room > scratch.length) {
    scratch = Buffer.alloc(2 * room);
    view = new DataView(scratch.buffer, scratch.byteOffset);
  }
  if (text.length > SHORT_CHARS) return scratch.write(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return scratch.write(text);
    scratch[i] = code;
  }
  return text.length;
}

const SHORT_CHARS = 100;

/** The first 32 bits of the fractions of the roots of the first primes: the square roots of eight, the cube roots of 64. */
const PRIMES = Array.from({ length: 312 }, (_, n) => n).filter(
  (n) => n > 1 && !Array.from({ length: n }, (_, d) => d).some((d) => d > 1 && n % d === 0),
);
const fraction = (root: number) => ((root % 1) * 2 ** 32) | 0;
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const K = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const w = new Int32Array(64);

function compress(state: Int32Array, bytes: Uint8Array, from: number): void {
  schedule(bytes, from);
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
  state[5] = (state[5]! + f) | 0;
  state[6] = (state[6]! + g) | 0;
  state[7] = (state[7]! + h) | 0;
}

function schedule(bytes: Uint8Array, from: number): void {
  for (let i = 0, at = from; i < 16; i++, at += 4)
    w[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + w[i - 7]! + s0 + s1) | 0;
  }
}
