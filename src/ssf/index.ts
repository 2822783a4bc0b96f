import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Signer } from '../signing/signer.ts';
import type { SsfConfig } from './config.ts';
import { followOrders } from './follow.ts';
import { startPush } from './push.ts';
import { addSsfRoutes, type ReadBody } from './routes.ts';
import { openStreams } from './streams.ts';

export interface SsfDeps {
  log: Log;
  signer: Signer;
  config: SsfConfig;
  metrics: Metrics;
  logger: Logger;
}

export interface Ssf {
  addRoutes(app: FastifyInstance, readBody: ReadBody): void;
  /** Resolves when every order so far is an event that waits or was had. */
  drained(): Promise<void>;
  /** Rejects when it cannot go on. Never resolves before close. */
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

/** Starts the transmitter: orders become security events that receivers have pushed to them, or poll for. */
export async function startSsf({ log, signer, config, metrics, logger }: SsfDeps): Promise<Ssf> {
  const streams = await openStreams(log, config, metrics);
  const subscription = await followOrders(log, streams, config);
  const stopPush = startPush({ streams, signer, config, logger });
  return {
    addRoutes: (app, readBody) => addSsfRoutes(app, { streams, signer, config, readBody }),
    drained: () => subscription.drained(),
    finished: subscription.finished,
    async close() {
      await subscription.close();
      await stopPush();
    },
  };
}
