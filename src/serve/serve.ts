import type { AddressInfo } from 'node:net';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { hasCode, TriplineError } from '../errors.ts';
import type { Live } from '../live/live.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Store } from '../store/store.ts';
import { answerErrors, timely } from './answers.ts';
import type { ServeConfig } from './config.ts';
import { addConsoleFiles } from './console/files.ts';
import { addConsoleRoutes } from './console/routes.ts';
import type { Rules } from './console/rules.ts';
import { addControlRoutes, type Control } from './control.ts';
import { addEvidenceRoutes, type EvidenceDeps } from './evidence.ts';
import type { Needs } from './producers.ts';
import { addQuieterRoute, type TakesOption } from './quieter.ts';
import { addRevocationRoutes, type RevocationDeps } from './revocation-list.ts';
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
  /** Fields without which detectors are blind. */
  needs: () => Needs;
  takesOption: TakesOption;
  /** What people may do about orders. */
  control: Control;
  /** What is revoked, and the keys that sign it. */
  revocations: RevocationDeps;
  /** What decisions rest on. */
  evidence: EvidenceDeps;
  /** Detectors and policy as they hold now. */
  rules: () => Rules;
  /** Folder of the built console. */
  console: string;
}

export interface Serve {
  /** Address that people open, for example http://127.0.0.1:4380. */
  url: string;
  close(): Promise<void>;
}

/** An id has up to 256 characters, each of up to 12 when it is written for an address. */
const PARAM_CHARS_MAX = 256 * 12;

/**
 * Starts the API, the live stream, the console, health and metrics on one loopback port.
 * @throws TriplineError TRIPLINE_ADDRESS_IN_USE
 */
export async function startServe(deps: ServeDeps): Promise<Serve> {
  const { config, store } = deps;
  const app = fastify({
    loggerInstance: deps.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: PARAM_CHARS_MAX },
  });
  secureHeaders(app);
  guardHost(app);
  answerErrors(app);
  const reader = timely(store, config.answer_ms_max);
  addApiRoutes(app, reader, config, deps.needs);
  addEvidenceRoutes(app, reader, deps.evidence);
  addQuieterRoute(app, reader, deps.takesOption);
  addConsoleRoutes(app, reader, deps.rules);
  addControlRoutes(app, deps.control);
  addRevocationRoutes(app, deps.revocations);
  addStreamRoute(app, deps);
  addOperatorRoutes(app, deps);
  addConsoleFiles(app, deps.console);
  try {
    await app.listen({ host: config.in_container ? '0.0.0.0' : config.host, port: config.port });
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
  // Alive: asks nobody, so that a broken part does not get the process killed that could say what is broken.
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { status } = await health();
    return reply.code(status === 'ok' ? 200 : 503).send({ status });
  });
  app.get('/api/health', () => health());
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}

const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
];

/** On every answer: whatever is in it came from agents, and no browser may take it for something else. */
function secureHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'content-security-policy': CONTENT_POLICY.join('; '),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });
}

/** A page of another site must not read us through a name that it points at 127.0.0.1. */
function guardHost(app: FastifyInstance): void {
  const known = new Set(['127.0.0.1', 'localhost', '[::1]']);
  app.addHook('onRequest', async (request, reply) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (known.has(host)) return;
    return reply.code(403).send({ error: 'host_refused', message: 'The API answers on loopback names only' });
  });
}
