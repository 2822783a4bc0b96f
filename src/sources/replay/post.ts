import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as z from 'zod';
import { TriplineError } from '../../errors.ts';

const compress = promisify(gzip);

/** What the door answers to a batch. */
const Answer = z.object({
  accepted: z.int(),
  duplicates: z.int(),
  rejected: z.array(
    z.object({
      index: z.int(),
      field: z.string(),
      expected: z.string(),
      got: z.unknown().transform((got) => String(got ?? '')),
    }),
  ),
  /** Rejected besides those that are listed. */
  rejected_unlisted: z.int().optional(),
});
export type Answer = z.output<typeof Answer>;

/** What became of one request. */
export type Posted =
  | { kind: 'answered'; answer: Answer }
  /** Nothing of it was taken, for a reason that another try does not change. */
  | { kind: 'refused'; status: number; message: string }
  | { kind: 'too_large' }
  | { kind: 'again'; after_ms: number | undefined; why: string };

export interface PostOptions {
  /** Base address of the server. */
  to: string;
  /** API key. */
  key?: string | undefined;
  /** Name of the feed: the server keeps one clock for each. */
  source: string;
  request_ms_max: number;
}

/**
 * Sends events, one JSON text each, as one gzipped request. Throws TRIPLINE_UNAUTHORISED when the key is not good and
 * TRIPLINE_SERVER_UNREACHABLE when what answers is no door.
 */
export async function postEvents(lines: readonly string[], options: PostOptions): Promise<Posted> {
  const body = await compress(`${lines.join('\n')}\n`, { level: 1 });
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL('v1/events', withSlash(options.to)), {
      method: 'POST',
      body,
      redirect: 'manual',
      headers: headersOf(options),
      signal: AbortSignal.timeout(options.request_ms_max),
    });
    text = await response.text();
  } catch (error) {
    return { kind: 'again', after_ms: undefined, why: reasonOf(error) };
  }
  return judge(response, text, options);
}

function judge(response: Response, text: string, options: PostOptions): Posted {
  const { status } = response;
  if (status === 401 || status === 403)
    throw new TriplineError('TRIPLINE_UNAUTHORISED', `${options.to} does not accept the key: ${messageOf(text)}`);
  if (status === 413) return { kind: 'too_large' };
  if (status === 429 || status >= 500)
    return { kind: 'again', after_ms: retryAfterMs(response.headers.get('retry-after')), why: `status ${status}` };
  const answer = Answer.safeParse(json(text));
  if (answer.success) return { kind: 'answered', answer: answer.data };
  if (status < 400 || NO_DOOR.has(status))
    throw new TriplineError(
      'TRIPLINE_SERVER_UNREACHABLE',
      `${options.to} is not the door of a Tripline: status ${status}`,
    );
  return { kind: 'refused', status, message: messageOf(text) };
}

/** Not found, another method, gone: whatever is sent there, no event will be taken. */
const NO_DOOR = new Set([404, 405, 410]);

function headersOf({ key, source }: PostOptions): Record<string, string> {
  return {
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
    'tripline-source': source,
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
}

/** Seconds or an HTTP date. */
export function retryAfterMs(header: string | null, now_ms = Date.now()): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now_ms;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function messageOf(text: string): string {
  const body = json(text);
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : text;
  return message.slice(0, 300) || 'it gave no reason';
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch says "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return code || (cause instanceof Error ? cause.message : String(cause));
}

const withSlash = (to: string) => (to.endsWith('/') ? to : `${to}/`);
