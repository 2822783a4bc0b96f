import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics/metrics.ts';
import { createFail, type Fail } from './answers.ts';
import { createReadBody, type ReadBody } from './body.ts';
import type { IngestConfig } from './config.ts';

export interface App {
  app: FastifyInstance;
  readBody: ReadBody;
  fail: Fail;
}

/** A server without routes that reads bodies within the limits of the door and answers errors as it does. */
export function createApp(deps: { config: IngestConfig; metrics: Metrics; logger: Logger }): App {
  const { config, metrics, logger } = deps;
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
  const fail = createFail(config, metrics);
  answerErrors(app, fail);
  return { app, readBody: createReadBody(config, metrics), fail };
}

function answerErrors(app: FastifyInstance, fail: Fail): void {
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: 'not_found', message: 'POST /v1/events, /v1/traces, /v1/logs or /v1/feedback' }),
  );
  app.setErrorHandler((error: Error, request, reply) => {
    const { code, message } = fail(error, request, reply);
    return reply.send({ error: code, message });
  });
}
