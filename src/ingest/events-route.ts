import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TriplineError } from '../errors.ts';
import type { Admitted } from './admission.ts';
import { admitAll, type Item } from './admit-all.ts';
import type { IngestConfig } from './config.ts';
import type { RouteDeps } from './ingest.ts';
import { type Piece, readPieces } from './pieces.ts';

export interface EventsAnswer {
  accepted: number;
  duplicates: number;
  rejected: { index: number; field: string; expected: string; got: string }[];
  /** Rejections beyond those listed; absent where all are. */
  rejected_unlisted?: number;
}

/** POST /v1/events: one event, a JSON array or a line each. Answers when the events are durable. */
export function addEventsRoute(app: FastifyInstance, deps: RouteDeps): void {
  const { identify, readBody, admission, sink, config, shed } = deps;
  app.post('/v1/events', async (request, reply) => {
    const producer = identify(request.headers);
    const lines = isLines(request);
    shed();
    const body = await readBody(request.body as Readable | undefined, request.headers);
    try {
      const pieces = readPieces(body.bytes, lines, config);
      if (pieces.length === 0 && (lines || !isEmptyArray(body.bytes)))
        throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', 'The body is empty');
      const seen = { readable: pieces.length === 0 };
      const items = pieces.map((piece, index) => itemOf(piece, index, seen));
      const admitted = await admitAll(admission, items, producer, 'events');
      const { accepted, duplicates } = await sink.accept(admitted, 'events');
      return answer(reply, { accepted, duplicates, ...rejected(admitted, config) }, seen.readable);
    } finally {
      body.release();
    }
  });
}

const LINES = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines']);
/** Read as what it turns out to be: the last is what curl says when nobody tells it otherwise. */
const TRIED = new Set([
  '',
  'application/json',
  'text/json',
  'text/plain',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
]);

function isLines(request: FastifyRequest): boolean {
  const type = typeOf(request);
  if (!LINES.has(type) && !TRIED.has(type))
    throw new TriplineError('TRIPLINE_INPUT_UNSUPPORTED', 'Content-Type is application/json or application/x-ndjson');
  return LINES.has(type);
}

/** Media type of a body without its parameters, in lower case. */
export function typeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

function isEmptyArray(bytes: Buffer): boolean {
  return bytes.length > 0 && bytes.length < 1024 && /^\ufeff?\s*\[[\s,]*\]\s*$/.test(bytes.toString('utf8'));
}

/** Notes whether any of the pieces could be read. */
function itemOf({ bytes, read }: Piece, index: number, seen: { readable: boolean }): Item {
  return {
    index,
    bytes,
    read() {
      const parsed = read();
      seen.readable ||= parsed.ok;
      if (parsed.ok) return { ok: true, event: parsed.value };
      return { ok: false, refusal: { field: '', expected: parsed.expected, value: parsed.text } };
    },
  };
}

function rejected(admitted: readonly Admitted[], { rejected_listed_max }: IngestConfig) {
  const all = admitted.flatMap((one) => (one.ok ? [] : [one.reject]));
  const listed = all.slice(0, rejected_listed_max);
  return {
    rejected: listed.map(({ index, field, expected, got }) => ({ index, field, expected, got })),
    ...(all.length > listed.length ? { rejected_unlisted: all.length - listed.length } : {}),
  };
}

function answer(reply: FastifyReply, body: EventsAnswer, readable: boolean) {
  if (readable) return reply.code(202).send(body);
  const message = 'Nothing in the body could be read as an event';
  return reply.code(400).send({ error: 'TRIPLINE_INPUT_UNREADABLE', message, ...body });
}
