import { TriplineError } from '../errors.ts';
import type { IngestConfig } from './config.ts';

/** One event of a body: its value, or the text that is none. */
export type Piece = { ok: true; value: unknown } | { ok: false; expected: string; text: string };

type Limits = Pick<IngestConfig, 'event_bytes_max' | 'request_events_max'>;

/**
 * Takes a body apart: one JSON value, an array of them, or a value a line. What can be read of a broken body is read.
 * @throws TriplineError TRIPLINE_INPUT_TOO_LARGE for too many pieces: none of them is taken
 */
export function readPieces(body: Buffer, lines: boolean, limits: Limits): Piece[] {
  const bytes = body.subarray(startOf(body));
  if (lines) return limited(byLine(bytes), limits, true);
  if (bytes.length <= limits.event_bytes_max) {
    const whole = parse(bytes);
    if (whole.ok) return limited(valuesOf(whole.value), limits, false);
  }
  if (bytes[0] === OPEN_ARRAY) return limited(byElement(bytes), limits, true);
  const pieces = limited(byLine(bytes), limits, true);
  // An object over several lines is one broken event and not many.
  if (pieces.some((piece) => piece.ok && isContainer(piece.value))) return pieces;
  return bytes.length === 0 ? [] : [bounded(bytes, limits)];
}

/**
 * Brackets and commas of a JSON text, and its depth: what its parsed form will weigh.
 * @throws TriplineError TRIPLINE_INPUT_UNREADABLE past the limits
 */
export function checkJsonSize(body: Buffer, { json_depth_max, json_tokens_max }: IngestConfig): void {
  let tokens = 0;
  const scan = new Scanner();
  for (const byte of body) {
    if (!scan.step(byte)) continue;
    tokens += 1;
    if (scan.depth > json_depth_max || tokens > json_tokens_max)
      throw new TriplineError(
        'TRIPLINE_INPUT_UNREADABLE',
        `A JSON body has at most ${json_depth_max} levels and ${json_tokens_max} brackets and commas`,
      );
  }
}

const OPEN_ARRAY = 0x5b;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
/** Texts of unreadable pieces are cut for the record. */
const TEXT_BYTES_MAX = 4096;

/** Follows the brackets of JSON without a stack: texts are skipped, whatever is in them. */
class Scanner {
  depth = 0;
  #inText = false;
  #escaped = false;

  /** True when the byte is a bracket or a comma outside of texts. */
  step(byte: number): boolean {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inText = false;
      return false;
    }
    if (byte === QUOTE) this.#inText = true;
    // { and [ differ by 32 from each other and by 2 from their partners.
    else if ((byte | 0x20) === 0x7b) this.depth += 1;
    else if ((byte | 0x20) === 0x7d) this.depth -= 1;
    else return byte === COMMA;
    return byte !== QUOTE;
  }
}

function* byLine(bytes: Buffer): Iterable<Buffer> {
  let from = 0;
  while (from < bytes.length) {
    const at = bytes.indexOf(NEWLINE, from);
    const end = at < 0 ? bytes.length : at;
    yield bytes.subarray(from, end);
    from = end + 1;
  }
}

/** Elements of a JSON array, and what follows it. */
function* byElement(bytes: Buffer): Iterable<Buffer> {
  const scan = new Scanner();
  let from = 1;
  for (let i = 0; i < bytes.length; i++) {
    if (!scan.step(bytes[i]!)) continue;
    const closed = scan.depth <= 0;
    if (!closed && (bytes[i] !== COMMA || scan.depth !== 1)) continue;
    yield bytes.subarray(from, i);
    from = i + 1;
    if (closed) break;
  }
  yield bytes.subarray(from);
}

function* valuesOf(value: unknown): Iterable<Piece> {
  if (!Array.isArray(value)) yield { ok: true, value };
  else for (const item of value) yield { ok: true, value: item };
}

function limited(parts: Iterable<Piece>, limits: Limits, raw: false): Piece[];
function limited(parts: Iterable<Buffer>, limits: Limits, raw: true): Piece[];
function limited(parts: Iterable<Piece | Buffer>, limits: Limits): Piece[] {
  const pieces: Piece[] = [];
  for (const part of parts) {
    if (Buffer.isBuffer(part) && isBlank(part)) continue;
    if (pieces.length >= limits.request_events_max)
      throw new TriplineError(
        'TRIPLINE_INPUT_TOO_LARGE',
        `A request has at most ${limits.request_events_max} events; send the rest in another one`,
      );
    pieces.push(Buffer.isBuffer(part) ? bounded(part, limits) : part);
  }
  return pieces;
}

function bounded(bytes: Buffer, { event_bytes_max }: Limits): Piece {
  if (bytes.length <= event_bytes_max) return parse(bytes);
  return { ok: false, expected: `at most ${event_bytes_max} bytes of JSON`, text: textOf(bytes) };
}

function parse(bytes: Buffer): Piece {
  try {
    return { ok: true, value: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return { ok: false, expected: 'JSON', text: textOf(bytes) };
  }
}

function textOf(bytes: Buffer): string {
  return bytes.subarray(0, TEXT_BYTES_MAX).toString('utf8').trim();
}

/** After the byte order mark and white space. */
function startOf(body: Buffer): number {
  let at = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  while (at < body.length && isSpace(body[at]!)) at += 1;
  return at;
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (!isSpace(byte)) return false;
  return true;
}

const isSpace = (byte: number) => byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
const isContainer = (value: unknown) => typeof value === 'object' && value !== null;
