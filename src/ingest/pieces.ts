import { TriplineError } from '../errors.ts';
import type { IngestConfig } from './config.ts';
import { CLOSE, COMMA, scanJson } from './scan-json.ts';

/** One event of a body, parsed when it is asked for: parsed, a text can weigh 25 times what it does as bytes. */
export interface Piece {
  readonly bytes: number;
  read(): Parsed;
}
/** A value, or the text that is none. */
export type Parsed = { ok: true; value: unknown } | { ok: false; expected: string; text: string };

type Limits = Pick<IngestConfig, 'event_bytes_max' | 'request_events_max'>;

/** Arrays up to this size are parsed in one go; they are admitted in one turn too, so that no two are held at a time. */
export const WHOLE_BYTES_MAX = 65_536;
export const WHOLE_EVENTS_MAX = 256;

/**
 * Takes a body apart: one JSON value, an array of them, or a value a line. What can be read of a broken body is read.
 * @throws TriplineError TRIPLINE_INPUT_TOO_LARGE for too many pieces: none of them is taken
 */
export function readPieces(body: Buffer, lines: boolean, limits: Limits): Piece[] {
  const bytes = body.subarray(startOf(body));
  if (lines) return limited(byLine(bytes), limits);
  if (bytes[0] === OPEN_ARRAY) return ofArray(bytes, limits);
  if (bytes.length <= limits.event_bytes_max) {
    const whole = parse(bytes);
    if (whole.ok) return [{ bytes: bytes.length, read: () => whole }];
  }
  const pieces = limited(byLine(bytes), limits);
  // An object over several lines is one broken event and not many.
  if (pieces.some(isContainer)) return pieces;
  return bytes.length === 0 ? [] : [pieceOf(bytes, limits)];
}

function ofArray(bytes: Buffer, limits: Limits): Piece[] {
  const whole = bytes.length <= Math.min(WHOLE_BYTES_MAX, limits.event_bytes_max) ? parse(bytes) : undefined;
  const values = whole?.ok ? (whole.value as unknown[]) : undefined;
  const events_max = Math.min(WHOLE_EVENTS_MAX, limits.request_events_max);
  if (values === undefined || values.length > events_max) return limited(byElement(bytes), limits);
  const each = Math.ceil(bytes.length / values.length);
  return values.map((value) => ({ bytes: each, read: () => ({ ok: true, value }) }));
}

/**
 * Brackets and commas of a JSON text, and its depth: what its parsed form will weigh.
 * @throws TriplineError TRIPLINE_INPUT_TOO_LARGE past the limits
 */
export function checkJsonSize(body: Buffer, { json_depth_max, json_tokens_max }: IngestConfig): void {
  let tokens = 0;
  scanJson(body, (_at, _mark, depth) => {
    tokens += 1;
    if (depth > json_depth_max || tokens > json_tokens_max)
      throw new TriplineError(
        'TRIPLINE_INPUT_TOO_LARGE',
        `A JSON body has at most ${json_depth_max} levels and ${json_tokens_max} brackets and commas`,
      );
    return true;
  });
}

const OPEN_ARRAY = 0x5b;
const NEWLINE = 0x0a;
/** Texts of unreadable pieces are cut for the record. */
const TEXT_BYTES_MAX = 4096;

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
function byElement(bytes: Buffer): Buffer[] {
  const elements: Buffer[] = [];
  let from = 1;
  scanJson(bytes, (at, mark, depth) => {
    const closed = mark === CLOSE && depth <= 0;
    if (!closed && (mark !== COMMA || depth !== 1)) return true;
    elements.push(bytes.subarray(from, at));
    from = at + 1;
    return !closed;
  });
  elements.push(bytes.subarray(from));
  return elements;
}

function limited(parts: Iterable<Buffer>, limits: Limits): Piece[] {
  const pieces: Piece[] = [];
  for (const part of parts) {
    if (isBlank(part)) continue;
    if (pieces.length >= limits.request_events_max)
      throw new TriplineError(
        'TRIPLINE_INPUT_TOO_LARGE',
        `A request has at most ${limits.request_events_max} events; send the rest in another one`,
      );
    pieces.push(pieceOf(part, limits));
  }
  return pieces;
}

function pieceOf(bytes: Buffer, { event_bytes_max }: Limits): Piece {
  return {
    bytes: bytes.length,
    read: () =>
      bytes.length <= event_bytes_max
        ? parse(bytes)
        : { ok: false, expected: `at most ${event_bytes_max} bytes of JSON`, text: textOf(bytes) },
  };
}

function parse(bytes: Buffer): Parsed {
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

function isContainer(piece: Piece): boolean {
  const parsed = piece.read();
  return parsed.ok && typeof parsed.value === 'object' && parsed.value !== null;
}
