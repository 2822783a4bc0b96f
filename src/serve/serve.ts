import type { AddressInfo } from 'node:net';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import { hasCode, TriplineError } from '../errors.ts';
import type { Live } from '../live/live.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Store } from '../store/store.ts';
import type { ServeConfig } from './config.ts';
import { PAGE, PAGE_SCRIPT } from './page.ts';
import { addApiRoutes } from './routes.ts';
import { addStreamRoute } from './stream.ts';

export interface Health {
  status: 'ok' | 'starting' | 'degraded';
  [part: string]: unknown;
}

export interface ServeDeps {
  store: Store;
  live: Live;
  config: ServeConfig;
  metrics: Metrics;
  logger: Logger;
  /** Present state of every part; asked at each request. */
  health: () => Promise<Health>;
}

export interface Serve {
  /** Address that people open, for example http://127.0.0.1:4380. */
  url: string;
  close(): Promise<void>;
}

/**
 * Starts the API, the live stream, the page, health and metrics on one loopback port.
 * @throws TriplineError TRIPLINE_ADDRESS_IN_USE
 */
export async function startServe(deps: ServeDeps): Promise<Serve> {
  const { config, store, live } = deps;
  const app = fastify({
    loggerInstance: deps.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  });
  guardHost(app);
  answerErrors(app);
  addApiRoutes(app, store, config);
  addStreamRoute(app, live, config.streams_max);
  addOperatorRoutes(app, deps);
  addPage(app);
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await app.close();
    if (!hasCode(error, 'EADDRINUSE')) throw error;
    const message = `Port ${config.port} on ${config.host} is taken: stop what uses it or set serve.port to another one`;
    throw new TriplineError('TRIPLINE_ADDRESS_IN_USE', message, { cause: error });
  }
  const { port } = app.server.address() as AddressInfo;
  const host = config.host === '::1' ? '[::1]' : config.host;
  return { url: `http://${host}:${port}`, close: () => app.close() };
}

function addOperatorRoutes(app: FastifyInstance, { health, metrics }: ServeDeps): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { status } = await health();
    return reply.code(status === 'starting' ? 503 : 200).send({ status });
  });
  app.get('/api/health', () => health());
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}

function addPage(app: FastifyInstance): void {
  const headers = {
    'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
  const send = (reply: FastifyReply, type: string, body: string) => reply.headers(headers).type(type).send(body);
  app.get('/', (_request, reply) => send(reply, 'text/html; charset=utf-8', PAGE));
  app.get('/page.js', (_request, reply) => send(reply, 'text/javascript; charset=utf-8', PAGE_SCRIPT));
}

/** A page of another site must not read us through a name that it points at 127.0.0.1. */
function guardHost(app: FastifyInstance): void {
  const known = new Set(['127.0.0.1', 'localhost', '[::1]']);
  app.addHook('onRequest', async (request, reply) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (known.has(host)) return;
    return reply.code(403).send({ error: 'host_refused', message: 'The API answers on loopback names only' });
  });
}

function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof ZodError) {
      const issue = error.issues[0];
      const field = issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : '');
      return reply.code(400).send({ error: 'bad_request', field, expected: issue?.message });
    }
    if (error instanceof TriplineError && error.retriable) {
      return reply.code(503).header('retry-after', 1).send({ error: error.code, message: error.message });
    }
    if (error.statusCode && error.statusCode < 500) {
      return reply.code(error.statusCode).send({ error: 'bad_request', message: error.message });
    }
    reply.log.error({ err: error }, 'A request failed');
    return reply.code(500).send({ error: 'internal', message: 'The request failed; the log says why' });
  });
}
