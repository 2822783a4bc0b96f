import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { TriplineError } from '../errors.ts';
import { EVENT_TYPES } from '../respond/revokers/caep/set.ts';
import { readSecret } from '../secret.ts';
import type { Signer } from '../signing/signer.ts';
import type { SsfConfig } from './config.ts';
import { parse } from './parse.ts';
import { pollOf } from './poll.ts';
import { Delivery, POLL, PUSH, STATUSES, type Stream, type Streams, type Waiting } from './streams.ts';

export type ReadBody = (
  stream: Readable | undefined,
  headers: IncomingHttpHeaders,
) => Promise<{ bytes: Buffer; release(): void }>;

export interface RouteDeps {
  streams: Streams;
  signer: Signer;
  config: SsfConfig;
  readBody: ReadBody;
}

const events_requested = z.array(z.string().max(512)).max(100);
const description = z.string().max(1000).optional();
const Wanted = z.object({
  delivery: Delivery.default({ method: POLL }),
  events_requested: events_requested.default(EVENT_TYPES),
  description,
});
/** Without defaults: what is not said stays as it is. */
const Change = z.object({
  stream_id: z.string(),
  delivery: Delivery.optional(),
  events_requested: events_requested.optional(),
  description,
});
const Replace = Wanted.extend({ stream_id: z.string() });
const Status = z.object({ stream_id: z.string(), status: z.enum(STATUSES), reason: z.string().max(1000).optional() });
const Verify = z.object({ stream_id: z.string(), state: z.string().max(1000).optional() });

const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification';
const BASE = '/ssf';

/** The transmitter's side of SSF 1.0: metadata, streams, status, verification, and polling (RFC 8936). */
export function addSsfRoutes(app: FastifyInstance, deps: RouteDeps): void {
  app.get('/.well-known/ssf-configuration', async () => metadata(deps.config));
  app.get('/.well-known/jwks.json', () => deps.signer.jwks());
  const route = createRoute(app, deps.config);
  addStreamRoutes(route, deps);
  addDeliveryRoutes(route, deps);
}

type Route = (method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, handle: Handler) => void;

/** Routes of receivers that are known by their token. */
function createRoute(app: FastifyInstance, config: SsfConfig): Route {
  const identify = createIdentify(config);
  return (method, path, handle) =>
    app.route({
      method,
      url: `${BASE}${path}`,
      handler: async (request, reply) => {
        reply.header('cache-control', 'no-store');
        const receiver = identify(request.headers.authorization);
        try {
          return await handle(receiver, request, reply);
        } catch (error) {
          if (error instanceof NotFound) return reply.code(404).send({ error: 'not_found', message: 'No such stream' });
          throw error;
        }
      },
    });
}

/** Making, reading, changing and removing a stream. */
function addStreamRoutes(route: Route, deps: RouteDeps): void {
  const { streams, config } = deps;
  const shown = (stream: Stream) => shownStream(stream, config);
  route('POST', '/streams', async (receiver, request, reply) => {
    if (streams.of(receiver).length > 0)
      return reply
        .code(409)
        .send({ error: 'conflict', message: `Receiver ${receiver} has a stream: one is all it may have` });
    const wanted = await read(request, deps, Wanted);
    return reply.code(201).send(shown(await streams.create({ receiver, ...wanted })));
  });
  route('GET', '/streams', async (receiver, request) => {
    const id = queryId(request);
    return id === undefined
      ? streams.of(receiver).map(({ stream }) => shown(stream))
      : shown(own(streams, receiver, id).stream);
  });
  route('PATCH', '/streams', async (receiver, request) => {
    const { stream_id, ...change } = await read(request, deps, Change);
    return shown(await streams.update(own(streams, receiver, stream_id), change));
  });
  route('PUT', '/streams', async (receiver, request) => {
    const { stream_id, ...wanted } = await read(request, deps, Replace);
    return shown(await streams.update(own(streams, receiver, stream_id), wanted));
  });
  route('DELETE', '/streams', async (receiver, request, reply) => {
    await streams.remove(own(streams, receiver, queryId(request) ?? ''));
    return reply.code(204).send();
  });
}

/** Whether a stream runs, whether it works, and what waits in it. */
function addDeliveryRoutes(route: Route, deps: RouteDeps): void {
  const { streams, config } = deps;
  route('GET', '/status', async (receiver, request) => statusOf(own(streams, receiver, queryId(request) ?? '').stream));
  route('POST', '/status', async (receiver, request) => {
    const { stream_id, ...change } = await read(request, deps, Status);
    return statusOf(await streams.update(own(streams, receiver, stream_id), change));
  });
  route('POST', '/verify', async (receiver, request, reply) => {
    const { stream_id, state } = await read(request, deps, Verify);
    const waiting = own(streams, receiver, stream_id);
    await streams.add([{ waiting, claims: verification(config, waiting, state) }]);
    return reply.code(204).send();
  });
  route('POST', '/poll/:id', async (receiver, request) => {
    const { id } = request.params as { id: string };
    return pollOf(deps, own(streams, receiver, id), await bodyOf(request, deps));
  });
}

async function read<T>(request: FastifyRequest, deps: RouteDeps, schema: z.ZodType<T>): Promise<T> {
  return parse(await bodyOf(request, deps), schema);
}

/** The stream, if it is this receiver's; another one's is none. */
function own(streams: Streams, receiver: string, stream_id: string): Waiting {
  const waiting = streams.get(stream_id);
  if (waiting?.stream.receiver !== receiver) throw new NotFound();
  return waiting;
}

type Handler = (receiver: string, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

class NotFound extends Error {}

function metadata({ issuer }: SsfConfig): object {
  return {
    spec_version: '1_0',
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    delivery_methods_supported: [PUSH, POLL],
    configuration_endpoint: `${issuer}${BASE}/streams`,
    status_endpoint: `${issuer}${BASE}/status`,
    verification_endpoint: `${issuer}${BASE}/verify`,
    authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6750' }],
    default_subjects: 'ALL',
  };
}

function shownStream(
  { stream_id, receiver, delivery, events_requested, description }: Stream,
  config: SsfConfig,
): object {
  return {
    stream_id,
    iss: config.issuer,
    aud: config.receivers[receiver]!.audience,
    delivery:
      delivery.method === PUSH
        ? { method: PUSH, endpoint_url: delivery.endpoint_url }
        : { method: POLL, endpoint_url: `${config.issuer}${BASE}/poll/${stream_id}` },
    events_supported: EVENT_TYPES,
    events_requested,
    events_delivered: EVENT_TYPES.filter((type) => events_requested.includes(type)),
    ...(description !== undefined && { description }),
  };
}

function statusOf({ stream_id, status, reason }: Stream): object {
  return { stream_id, status, ...(reason !== undefined && { reason }) };
}

function verification({ issuer, receivers }: SsfConfig, { stream }: Waiting, state: string | undefined) {
  return {
    iss: issuer,
    aud: receivers[stream.receiver]!.audience,
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    sub_id: { format: 'opaque', id: stream.stream_id },
    events: { [VERIFICATION]: { ...(state !== undefined && { state }) } },
  };
}

/** Which receiver a bearer token is. Compared by digest, in the same time whether it fits or not. */
function createIdentify({ receivers }: SsfConfig): (authorization: string | undefined) => string {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const known = Object.entries(receivers).map(
    ([name, { token }]) => [name, digest(readSecret(token, `receiver ${name}`))] as const,
  );
  return (authorization = '') => {
    const given = digest(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
    const found = known.filter(([, token]) => timingSafeEqual(token, given));
    if (found[0] !== undefined) return found[0][0];
    throw new TriplineError('TRIPLINE_UNAUTHORISED', 'A bearer token of a receiver that is configured is needed');
  };
}

function queryId(request: FastifyRequest): string | undefined {
  const { stream_id } = request.query as { stream_id?: unknown };
  return typeof stream_id === 'string' ? stream_id : undefined;
}

async function bodyOf(request: FastifyRequest, { readBody }: RouteDeps): Promise<unknown> {
  const { bytes, release } = await readBody(request.body as Readable | undefined, request.headers);
  try {
    return bytes.length === 0 ? {} : JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', 'The body is not JSON', { cause });
  } finally {
    release();
  }
}
