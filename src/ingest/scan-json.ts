const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What stands at a place of a JSON text. */
const OPEN = 1;
export const CLOSE = 2;
export const COMMA = 3;
const MARKS = new Uint8Array(256);
MARKS[0x5b] = OPEN;
MARKS[0x7b] = OPEN;
MARKS[0x5d] = CLOSE;
MARKS[0x7d] = CLOSE;
MARKS[0x2c] = COMMA;

/** Called with each bracket and comma outside of texts, and the depth after it; false ends the scan. */
type Visit = (at: number, mark: number, depth: number) => boolean;

/** Follows the brackets of JSON, well formed or not, without a stack. Every event of a large array passes here. */
export function scanJson(bytes: Buffer, visit: Visit): void {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      for (at += 1; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at += 1;
      continue;
    }
    const mark = MARKS[byte]!;
    if (mark === 0) continue;
    if (mark === OPEN) depth += 1;
    else if (mark === CLOSE) depth -= 1;
    if (!visit(at, mark, depth)) return;
  }
}
