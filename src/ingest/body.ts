import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { hasCode, TriplineError } from '../errors.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { IngestConfig } from './config.ts';

export interface Body {
  bytes: Buffer;
  /** Gives its bytes back to the budget of all requests. */
  release(): void;
}

export type ReadBody = (stream: Readable | undefined, headers: IncomingHttpHeaders) => Promise<Body>;

/** A sender whose body is too large is listened to for this many times the limit, so that it can hear the answer. */
const DRAINED_TIMES = 4;

/**
 * Reads bodies whole, within a limit for each and one for all.
 * @throws TriplineError TRIPLINE_INPUT_TOO_LARGE, TRIPLINE_INPUT_UNSUPPORTED, TRIPLINE_INPUT_UNREADABLE, TRIPLINE_OVERLOADED
 */
export function createReadBody({ body_bytes_max, bodies_bytes_max }: IngestConfig, metrics: Metrics): ReadBody {
  let held = 0;
  return async (stream, headers) => {
    const packed = isPacked(headers['content-encoding']);
    if (stream === undefined) return { bytes: Buffer.alloc(0), release: () => undefined };
    let mine = 0;
    const take = (bytes: number) => {
      mine += bytes;
      held += bytes;
      if (held <= bodies_bytes_max) return true;
      metrics.requestsShed.inc({ limit: 'bodies' });
      return false;
    };
    const release = () => {
      held -= mine;
      mine = 0;
    };
    try {
      const raw = await collect(stream, body_bytes_max, take);
      if (!packed) return { bytes: raw, release };
      const bytes = unzip(raw, body_bytes_max);
      if (!take(bytes.length)) throw overloaded();
      return { bytes, release };
    } catch (error) {
      release();
      throw error;
    }
  };
}

const NAMES = new Map([
  ['', false],
  ['identity', false],
  ['gzip', true],
  ['x-gzip', true],
]);

function isPacked(encoding = ''): boolean {
  const packed = NAMES.get(encoding.trim().toLowerCase());
  if (packed === undefined) throw new TriplineError('TRIPLINE_INPUT_UNSUPPORTED', 'Content-Encoding is gzip or absent');
  return packed;
}

function collect(stream: Readable, bytes_max: number, take: (bytes: number) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let body = Buffer.alloc(0);
    let size = 0;
    let refused: TriplineError | undefined;
    stream.on('data', (chunk: Buffer) => {
      const at = size;
      size += chunk.length;
      if (size > bytes_max * DRAINED_TIMES) stream.destroy();
      if (refused === undefined && size > bytes_max) refused = tooLarge(bytes_max);
      if (refused === undefined && !take(chunk.length)) refused = overloaded();
      if (refused === undefined) chunk.copy(roomFor(size), at);
      else body = Buffer.alloc(0);
    });
    // Copied and not collected: a chunk may be a single byte, and weighs a hundred and more.
    const roomFor = (bytes: number) => {
      if (bytes <= body.length) return body;
      const larger = Buffer.allocUnsafe(Math.max(bytes, Math.min(2 * body.length, bytes_max)));
      body.copy(larger);
      body = larger;
      return body;
    };
    stream.once('end', () => (refused === undefined ? resolve(body.subarray(0, size)) : reject(refused)));
    stream.once('error', (cause: unknown) => reject(cutOff(cause)));
    stream.once('close', () => reject(refused ?? cutOff(undefined)));
  });
}

/** At once and not in the background: only one body is ever half unpacked, however many bombs arrive together. */
function unzip(raw: Buffer, bytes_max: number): Buffer {
  try {
    return gunzipSync(raw, { maxOutputLength: bytes_max });
  } catch (cause) {
    if (hasCode(cause, 'ERR_BUFFER_TOO_LARGE')) throw tooLarge(bytes_max);
    throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', 'The body is not gzip', { cause });
  }
}

function tooLarge(bytes_max: number): TriplineError {
  return new TriplineError('TRIPLINE_INPUT_TOO_LARGE', `A body has at most ${bytes_max} bytes, unpacked as well`);
}

function overloaded(): TriplineError {
  return new TriplineError('TRIPLINE_OVERLOADED', 'Too many bodies are being read; try again later', {
    retriable: true,
  });
}

function cutOff(cause: unknown): TriplineError {
  return new TriplineError('TRIPLINE_INPUT_UNREADABLE', 'The body ended before it was complete', { cause });
}
