import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TriplineError } from '../errors.ts';
import type { Mapped } from '../sources/mapped.ts';
import {
  type Decoded,
  decodeLogs,
  decodeTraces,
  type Encoding,
  encodeLogsResponse,
  encodeStatus,
  encodeTraceResponse,
  otlpLogs,
  otlpTraces,
} from '../sources/otlp/index.ts';
import type { Admitted, DoorName } from './admission.ts';
import { admitAll, type Item } from './admit-all.ts';
import { typeOf } from './events-route.ts';
import type { RouteDeps } from './ingest.ts';
import { checkJsonSize } from './pieces.ts';
import { createTurns } from './turns.ts';

interface Signal {
  path: string;
  door: DoorName;
  decode: (body: Buffer, encoding: Encoding) => Decoded;
  map: (decoded: Decoded) => Mapped[];
  encode: typeof encodeTraceResponse;
}

const SIGNALS: readonly Signal[] = [
  { path: '/v1/traces', door: 'otlp_traces', decode: decodeTraces, map: otlpTraces, encode: encodeTraceResponse },
  { path: '/v1/logs', door: 'otlp_logs', decode: decodeLogs, map: otlpLogs, encode: encodeLogsResponse },
];
const TYPES: Record<Encoding, string> = { protobuf: 'application/x-protobuf', json: 'application/json' };

/** POST /v1/traces and /v1/logs as OTLP/HTTP 1.11 has them: answers in the encoding of the request, partial success included. */
export function addOtlpRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const inTurn = createTurns();
  for (const signal of SIGNALS) {
    app.post(signal.path, { errorHandler: otlpError(deps) }, async (request, reply) => {
      const producer = deps.identify(request.headers);
      const encoding = encodingOf(request);
      if (encoding === undefined)
        throw new TriplineError(
          'TRIPLINE_INPUT_UNSUPPORTED',
          'Content-Type is application/x-protobuf or application/json',
        );
      deps.shed();
      const body = await deps.readBody(request.body as Readable | undefined, request.headers);
      try {
        const admitted = await inTurn(body.bytes.length, async () =>
          admitAll(deps.admission, itemsOf(signal, body.bytes, encoding, deps), producer, signal.door),
        );
        await deps.sink.accept(admitted, signal.door);
        return reply.type(TYPES[encoding]).send(signal.encode(partial(admitted), encoding));
      } finally {
        body.release();
      }
    });
  }
}

function encodingOf(request: FastifyRequest): Encoding | undefined {
  const type = typeOf(request);
  if (type === TYPES.protobuf) return 'protobuf';
  return type === TYPES.json ? 'json' : undefined;
}

function itemsOf(signal: Signal, body: Buffer, encoding: Encoding, { config }: RouteDeps): Item[] {
  // An empty request is a success.
  if (body.length === 0) return [];
  if (encoding === 'json') checkJsonSize(body, config);
  const decoded = signal.decode(body, encoding);
  if (decoded.length > config.request_events_max)
    throw new TriplineError('TRIPLINE_INPUT_TOO_LARGE', `A request has at most ${config.request_events_max} records`);
  return signal.map(decoded).flatMap((mapped, index): Item[] => {
    if (mapped.ok) return [{ index, bytes: 0, read: () => ({ ok: true, event: mapped.event }) }];
    if (mapped.ignored) return [];
    const { field, expected, got: value } = mapped;
    return [{ index, bytes: 0, read: () => ({ ok: false, refusal: { field, expected, value } }) }];
  });
}

/** What OTLP says about records that were refused: how many, and why the first was. */
function partial(admitted: readonly Admitted[]) {
  const rejects = admitted.flatMap((one) => (one.ok ? [] : [one.reject]));
  const first = rejects[0];
  if (first === undefined) return { rejected: 0, message: '' };
  const message = `${first.field || 'record'}: expected ${first.expected}, got ${first.got}`;
  return { rejected: rejects.length, message };
}

function otlpError({ fail }: RouteDeps) {
  return (error: Error, request: FastifyRequest, reply: FastifyReply) => {
    const { message } = fail(error, request, reply);
    const encoding = encodingOf(request) ?? 'json';
    return reply.type(TYPES[encoding]).send(encodeStatus(message, encoding));
  };
}
