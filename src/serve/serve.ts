import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Live } from '../live/live.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Store } from '../store/store.ts';
import type { TriageDeps } from '../triage/index.ts';
import { answerErrors, timely } from './answers.ts';
import type { ServeConfig } from './config.ts';
import { addConsoleFiles } from './console/files.ts';
import { addConsoleRoutes } from './console/routes.ts';
import type { Rules } from './console/rules.ts';
import { addControlRoutes, type Control } from './control.ts';
import { addEvidenceRoutes, type EvidenceDeps } from './evidence.ts';
import { openPort, type Port } from './port.ts';
import type { Needs } from './producers.ts';
import { addQuieterRoute, type TakesOption } from './quieter.ts';
import { addRevocationRoutes, type RevocationDeps } from './revocation-list.ts';
import { addApiRoutes } from './routes.ts';
import { addStreamRoute } from './stream.ts';
import { alertsOf } from './triage/now.ts';
import { addTriageRoutes } from './triage/routes.ts';

export interface Health {
  status: 'ok' | 'degraded';
  [part: string]: unknown;
}

/** What every process shows of itself. */
export interface OperatorDeps {
  config: ServeConfig;
  metrics: Metrics;
  logger: Logger;
  /** Present state of every part; asked at each request. */
  health: () => Promise<Health>;
  /** Whether this process does its part, whatever the others do: a probe must not wait for them. */
  ready: () => boolean;
  /** One that is open already; without it, that of the configuration. */
  port?: Port | undefined;
  /** Routes for the other processes. */
  addPeerRoutes?: (app: FastifyInstance) => void;
}

export interface ServeDeps extends OperatorDeps {
  store: Store;
  live: Live;
  /** Fields without which detectors are blind. */
  needs: () => Needs;
  takesOption: TakesOption;
  /** What people may do about orders. */
  control: Control;
  /** What people may do about alerts. */
  triage: Omit<TriageDeps, 'store'>;
  /** What is revoked, and the keys that sign it. */
  revocations: RevocationDeps;
  /** Rows recorded before are no longer kept, epoch ms. */
  keptFrom: EvidenceDeps['keptFrom'];
  /** Detectors and policy as they hold now. */
  rules: () => Promise<Rules>;
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
export function startServe(deps: ServeDeps): Promise<Serve> {
  const { config, store } = deps;
  return startOperator(deps, (app) => {
    const reader = timely(store, config.answer_ms_max);
    const triage = { ...deps.triage, store: reader };
    const alerts = alertsOf(triage);
    addApiRoutes(app, reader, alerts, triage, config, deps.needs);
    addEvidenceRoutes(app, reader, { ...deps, signer: deps.revocations.signer });
    addQuieterRoute(app, reader, deps.takesOption);
    addConsoleRoutes(app, reader, alerts, deps.rules);
    addTriageRoutes(app, triage);
    addControlRoutes(app, deps.control);
    addRevocationRoutes(app, deps.revocations);
    addStreamRoute(app, deps);
    addConsoleFiles(app, deps.console);
  });
}

/**
 * Starts what every process has, of whatever role: health and metrics, and `add` for more.
 * @throws TriplineError TRIPLINE_ADDRESS_IN_USE
 */
export async function startOperator(
  deps: OperatorDeps,
  add: (app: FastifyInstance) => void = () => {},
): Promise<Serve> {
  const port = deps.port ?? (await openPort(deps.config));
  const app = fastify({
    loggerInstance: deps.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: PARAM_CHARS_MAX },
    serverFactory(handler) {
      port.answer(handler);
      return port.server;
    },
  });
  secureHeaders(app);
  guardHost(app, deps.config);
  answerErrors(app);
  addOperatorRoutes(app, deps);
  deps.addPeerRoutes?.(app);
  add(app);
  try {
    await app.ready();
  } catch (error) {
    await port.close();
    throw error;
  }
  return {
    url: port.url,
    async close() {
      await app.close();
      await port.close();
    },
  };
}

function addOperatorRoutes(app: FastifyInstance, { health, ready, metrics }: OperatorDeps): void {
  // Alive: asks nobody, so that a broken part does not get the process killed that could say what is broken.
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) =>
    ready() ? reply.send({ status: 'ok' }) : reply.code(503).send({ status: 'degraded' }),
  );
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
function guardHost(app: FastifyInstance, { advertise }: ServeConfig): void {
  const known = new Set(['127.0.0.1', 'localhost', '[::1]']);
  if (advertise !== undefined) known.add(new URL(advertise).hostname);
  app.addHook('onRequest', async (request, reply) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (known.has(host)) return;
    return reply.code(403).send({ error: 'host_refused', message: 'The API answers on loopback names only' });
  });
}
