import type { AddressInfo } from 'node:net';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { hasCode, TriplineError } from '../errors.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Admission } from './admission.ts';
import { statusOf } from './answers.ts';
import { createReadBody, type ReadBody } from './body.ts';
import type { IngestConfig } from './config.ts';
import { type Door, type DoorDeps, openDoor } from './door.ts';
import { addEventsRoute } from './events-route.ts';
import { openKeys } from './keys.ts';
import { addOtlpRoutes } from './otlp-route.ts';
import { createIdentify, type Identify } from './producers.ts';
import type { EventSink } from './sink.ts';

export interface IngestDeps extends DoorDeps {
  logger: Logger;
}

export interface Ingest extends Door {
  /** Address of the door, for example http://127.0.0.1:4318. */
  url: string;
  /** Stops listening, answers what is under way and writes what waits. */
  close(): Promise<void>;
}

export interface RouteDeps {
  config: IngestConfig;
  identify: Identify;
  readBody: ReadBody;
  admission: Admission;
  sink: EventSink;
  /** Refuses a request before its body is read while too much waits. */
  shed: () => void;
}

/**
 * Opens the door: POST /v1/events, /v1/traces and /v1/logs.
 * @throws TriplineError TRIPLINE_ADDRESS_IN_USE, TRIPLINE_CONFIG_INVALID, TRIPLINE_DATA_DIR_UNUSABLE
 */
export async function startIngest(deps: IngestDeps): Promise<Ingest> {
  const { config, data_dir, metrics, logger } = deps;
  const identify = createIdentify(config, openKeys(data_dir), metrics);
  const door = await openDoor(deps);
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: config.request_ms_max,
    bodyLimit: config.body_bytes_max,
    // A kept connection without a request would hold up the end.
    forceCloseConnections: 'idle',
  });
  // Bodies are read by the routes: they count them, unpack them and judge their type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  answerErrors(app, config, metrics);
  const routes: RouteDeps = {
    config,
    identify,
    readBody: createReadBody(config),
    shed: () => shed(door.sink, metrics),
    ...door,
  };
  addEventsRoute(app, routes);
  addOtlpRoutes(app, routes);
  const url = await listen(app, config);
  return {
    ...door,
    url,
    async close() {
      await app.close();
      await door.sink.close();
    },
  };
}

function shed(sink: EventSink, metrics: Metrics): void {
  if (!sink.full()) return;
  metrics.requestsShed.inc({ limit: 'waiting' });
  throw new TriplineError('TRIPLINE_OVERLOADED', 'Too many events are waiting to be written; try again later', {
    retriable: true,
  });
}

function answerErrors(app: FastifyInstance, config: IngestConfig, metrics: Metrics): void {
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: 'not_found', message: 'POST /v1/events, /v1/traces or /v1/logs' }),
  );
  app.setErrorHandler((error: Error, request, reply) => {
    const { status, code, message, retry } = statusOf(error);
    if (status === 413) metrics.requestsShed.inc({ limit: 'size' });
    if (status >= 500 && !retry) request.log.error({ err: error }, 'A request failed');
    if (retry) reply.header('retry-after', config.retry_after_s);
    return reply.code(status).send({ error: code, message });
  });
}

async function listen(app: FastifyInstance, { host, port }: IngestConfig): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const address = `${host} port ${port}`;
    if (hasCode(error, 'EADDRINUSE'))
      throw new TriplineError(
        'TRIPLINE_ADDRESS_IN_USE',
        `The events door cannot open: ${address} is taken. Stop what uses it or set ingest.port to another one`,
        { cause: error },
      );
    const known = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EACCES'].some((code) => hasCode(error, code));
    if (!known) throw error;
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', `This machine cannot listen on ${address}`, { cause: error });
  }
  const address = app.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
