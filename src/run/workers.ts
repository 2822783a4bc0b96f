import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type Role, sharedDir } from '../config/roles.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Addresses } from './up.ts';

/** What is shared out between workers: the work that grows with the events. */
const WORKED: readonly Role[] = ['ingest', 'detect'];
const NUMBER = 'TRIPLINE_WORKER';
const RESTART_MS = 1000;

/** Which worker this process is, from 1 on; undefined in every other process. */
export function workerNumber(): number | undefined {
  const number = process.env[NUMBER];
  return cluster.isWorker && number !== undefined ? Number(number) : undefined;
}

/** What a worker does, with a folder and a port of its own for its health. */
export function workerConfig(config: Config, number: number): Config {
  return {
    ...config,
    workers: 1,
    roles: config.roles.filter((role) => WORKED.includes(role)),
    data_dir: join(config.data_dir, 'workers', String(number)),
    shared_dir: sharedDir(config),
    serve: { ...config.serve, port: config.serve.port === 0 ? 0 : config.serve.port + number, advertise: undefined },
  };
}

/** What is left for the process that started them. */
export function primaryConfig(config: Config): Config {
  return { ...config, roles: config.roles.filter((role) => !WORKED.includes(role)) };
}

export interface Workers {
  /** Where each is reached, once all are ready. */
  readonly ready: Promise<Addresses[]>;
  /** Stops them, each after it has handed its work over. */
  close(): Promise<void>;
}

/** Starts workers, which share one door, and starts each again that ends by itself. */
export function startWorkers(config: Config, metrics: Metrics, logger: Logger): Workers {
  let closing = false;
  const running = new Map<number, Worker>();
  const start = (number: number): Promise<Addresses> => {
    const worker = cluster.fork({ [NUMBER]: String(number) });
    running.set(number, worker);
    worker.once('exit', async (code, signal) => {
      running.delete(number);
      if (closing) return;
      metrics.workerRestarts.inc();
      logger.error({ worker: number, code, signal }, 'A worker ended and is started again');
      await delay(RESTART_MS);
      if (!closing) start(number).catch(() => {});
    });
    return Promise.race([
      once(worker, 'message').then(([addresses]) => addresses as Addresses),
      once(worker, 'exit').then(([code]) => {
        throw new Error(`Worker ${number} ended with ${code} before it was ready`);
      }),
    ]);
  };
  const ready = Promise.all(Array.from({ length: config.workers }, (_, i) => start(i + 1)));
  ready.catch(() => {});
  return {
    ready,
    async close() {
      closing = true;
      await Promise.all(
        [...running.values()].map((worker) => {
          const exited = once(worker, 'exit');
          worker.process.kill('SIGTERM');
          return exited;
        }),
      );
    },
  };
}
