import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { hasCode, TriplineError } from '../errors.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Admission } from './admission.ts';
import type { Fail } from './answers.ts';
import { createApp } from './app.ts';
import type { ReadBody } from './body.ts';
import type { IngestConfig } from './config.ts';
import { type Door, type DoorDeps, openDoor } from './door.ts';
import { addEventsRoute } from './events-route.ts';
import { addFeedbackRoute } from './feedback-route.ts';
import { openKeys } from './keys.ts';
import { addOtlpRoutes } from './otlp-route.ts';
import { createIdentify, type Identify } from './producers.ts';
import type { EventSink } from './sink.ts';

export interface IngestDeps extends DoorDeps {
  logger: Logger;
  /** What receivers of revocations say; they are told apart by their signatures. Header names are in lower case. */
  feedback?: (headers: Readonly<Record<string, string>>, body: string) => Promise<object>;
  /** Further routes for them. */
  addRoutes?: (app: FastifyInstance, readBody: ReadBody) => void;
}

export interface Ingest extends Door {
  /** Address of the door, for example http://127.0.0.1:4318. */
  url: string;
  /** Stops listening, answers what is under way within `request_ms_max` and writes what waits. */
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
  fail: Fail;
}

/**
 * Opens the door: POST /v1/events, /v1/traces, /v1/logs and /v1/feedback.
 * @throws TriplineError TRIPLINE_ADDRESS_IN_USE, TRIPLINE_CONFIG_INVALID, TRIPLINE_DATA_DIR_UNUSABLE
 */
export async function startIngest(deps: IngestDeps): Promise<Ingest> {
  const { config, data_dir, metrics } = deps;
  const identify = createIdentify(config, openKeys(data_dir), metrics);
  const door = await openDoor(deps);
  const { app, readBody, fail } = createApp(deps);
  hangUpAtTheEnd(app);
  const routes: RouteDeps = {
    config,
    identify,
    readBody,
    shed: () => shed(door.sink, metrics),
    fail,
    ...door,
  };
  addEventsRoute(app, routes);
  addOtlpRoutes(app, routes);
  if (deps.feedback) addFeedbackRoute(app, routes, deps.feedback);
  deps.addRoutes?.(app, readBody);
  const url = await listen(app, config);
  return {
    ...door,
    url,
    async close() {
      await closeWithin(app, config.request_ms_max);
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

/** Whoever is answered while the door closes would keep its connection, and with it the door. */
function hangUpAtTheEnd(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}

/** A closing server no longer looks for requests that take too long: one that never ends would hold it for ever. */
async function closeWithin(app: FastifyInstance, wait_ms: number): Promise<void> {
  const deadline = setTimeout(() => app.server.closeAllConnections(), wait_ms);
  await app.close().finally(() => clearTimeout(deadline));
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
