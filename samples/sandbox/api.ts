import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Access, accessOf, bearerOf, refusal } from './access.ts';
import type { Introspection } from './issuer-client.ts';
import type { Answer, Resource } from './resources/resource.ts';

/** Counters of (client, path); past this they start again. */
const COUNTERS_MAX = 10_000;

export interface ApiOptions {
  resources: readonly Resource[];
  introspect(token: string): Promise<Introspection>;
  onAccess(access: Access): void;
}

/** The resource API with its gateway: every request's token is introspected at the issuer, nothing is cached. */
export function addApi(app: FastifyInstance, { resources, introspect, onAccess }: ApiOptions): void {
  const nth = createCounters();

  const handle = async (resource: Resource, request: FastifyRequest, reply: FastifyReply) => {
    const token = bearerOf(request);
    if (token === undefined)
      return send(reply, { status: 401, body: { error: 'no_token', message: 'A bearer token is needed' } });
    const introspection = await introspect(token);
    const access = accessOf(request, token, introspection);
    const answer =
      refusal(introspection, resource.scope) ??
      answerOf(resource, request, nth(`${introspection.client_id} ${access.target}`));
    onAccess({ ...access, status: answer.status });
    return send(reply, answer);
  };

  for (const resource of resources)
    app.route({
      method: resource.method,
      url: resource.path,
      handler: (request, reply) => handle(resource, request, reply),
    });
}

function answerOf(resource: Resource, request: FastifyRequest, nth: number): Answer {
  return resource.answer({
    params: request.params as Record<string, string>,
    query: request.query as Record<string, string>,
    body: (request.body ?? {}) as Record<string, unknown>,
    nth,
  });
}

function send(reply: FastifyReply, { status, body, retry_after_s }: Answer): FastifyReply {
  if (retry_after_s !== undefined) reply.header('retry-after', String(retry_after_s));
  if (status === 401) reply.header('www-authenticate', 'Bearer error="invalid_token"');
  return reply.code(status).send(body);
}

function createCounters(): (key: string) => number {
  const counters = new Map<string, number>();
  return (key) => {
    if (counters.size >= COUNTERS_MAX) counters.clear();
    const next = (counters.get(key) ?? 0) + 1;
    counters.set(key, next);
    return next;
  };
}
