import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { TriplineError } from '../errors.ts';
import type { Log, Topic } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Store } from '../store/store.ts';
import type { Block } from './block.ts';
import type { ArchiveConfig } from './config.ts';

export interface PartitionOptions {
  log: Log;
  store: Store;
  config: ArchiveConfig;
  metrics: Metrics;
  logger: Logger;
  group: string;
  topic: Topic;
  table: string;
  partition: number;
  /** Called when the number of waiting records changed. */
  report: () => void;
  /** Called with true when the store does not take what waits, and with false when it does again. */
  stalled: (on: boolean) => void;
  stop: AbortSignal;
}

/** Inserts a block, however long it takes. Returns why the store will never take it. */
export async function insert(options: PartitionOptions, block: Block): Promise<TriplineError | undefined> {
  const { store, table, topic, partition } = options;
  // The log time tells a log that was begun anew from the old one with the same offsets.
  const token = `${topic}/${partition}/${block.from}-${block.to}/${block.appended}`;
  try {
    await retrying(options, () => store.insert({ table, frames: block.frames, token }));
    return undefined;
  } catch (error) {
    if (!(error instanceof TriplineError)) throw error;
    options.metrics.storeErrors.inc({ table, code: error.code });
    return error;
  }
}

/** Tries again while the error may pass. */
export async function retrying<T>(options: PartitionOptions, run: () => Promise<T>): Promise<T> {
  const { config, table, stop, logger, metrics } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      const result = await run();
      if (attempt > 0) {
        options.stalled(false);
        logger.info({ table, attempts: attempt + 1 }, 'The archive goes on');
      }
      return result;
    } catch (error) {
      if (!(error instanceof TriplineError && error.retriable)) throw error;
      metrics.storeErrors.inc({ table, code: error.code });
      if (attempt === 0) {
        options.stalled(true);
        logger.warn({ table, code: error.code, err: error }, 'The archive waits');
      }
      options.report();
      const wait_ms = Math.min(config.retry_ms_max, config.retry_ms_min * 2 ** Math.min(attempt, 30));
      await sleep(wait_ms, undefined, { signal: stop });
    }
  }
}
