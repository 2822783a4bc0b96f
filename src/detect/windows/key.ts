/**
 * One key of several parts. They are texts from outside: joined so that no two lists give the same key.
 * Detectors ask for the keys of one event again and again, and for those of busy agents with every event: what was joined lately is
 * remembered. It then is the very same text object, which tables find by its address.
 */
export function keyOf(...parts: readonly string[]): string {
  const place = placeOf(parts);
  const known = recent[place];
  if (known !== undefined && isSame(known.parts, parts)) return known.text;
  const text = joined(parts);
  // Long ones would fill the memory.
  if (text.length <= TEXT_CHARS_MAX) recent[place] = { parts: [...parts], text };
  return text;
}

interface Known {
  readonly parts: readonly string[];
  readonly text: string;
}

const PLACES = 4096;
const TEXT_CHARS_MAX = 1024;
const recent = new Array<Known | undefined>(PLACES).fill(undefined);

/** Where a key would be remembered: lengths and a few characters tell those of one time apart. */
function placeOf(parts: readonly string[]): number {
  let hash = parts.length;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const { length } = part;
    if (length > 2)
      hash =
        (Math.imul(hash, 31) +
          part.charCodeAt(length - 1) * 7 +
          part.charCodeAt(length - 2) * 61 +
          part.charCodeAt(length - 3) * 509) |
        0;
    hash = Math.imul(hash, 31) + length;
  }
  return (hash ^ (hash >>> 12)) & (PLACES - 1);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}

const PLAIN = /^[ !#-[\]-~]*$/;

/** As JSON, put together by hand where no character needs an escape. */
function joined(parts: readonly string[]): string {
  let text = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (!PLAIN.test(part)) return JSON.stringify(parts);
    text += i === 0 ? `"${part}"` : `,"${part}"`;
  }
  return `[${text}]`;
}
