import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { TriplineError } from '../errors.ts';
import { migrate, type Store, type StoreConfig } from '../store/index.ts';

const RETRY_MS = 1000;

/**
 * Brings the tables up to date. A server that is away is not waited for: detection and response go on, the archive waits, and the tables come
 * when the server does. Resolves with what stops that.
 * @throws TriplineError of the store, where trying again would not help
 */
export async function migrateWhenThere(
  store: Store,
  config: StoreConfig,
  logger: Pick<Logger, 'warn' | 'info' | 'error'>,
): Promise<() => Promise<void>> {
  const stop = new AbortController();
  const retry = async () => {
    while (!stop.signal.aborted) {
      await delay(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      try {
        await migrate(store, config);
        return logger.info('The store is there');
      } catch (error) {
        if (!(error instanceof TriplineError && error.retriable))
          logger.error({ err: error }, 'The tables of the store cannot be brought up to date, and it is tried again');
      }
    }
  };
  let running = Promise.resolve();
  try {
    await migrate(store, config);
  } catch (error) {
    if (!(error instanceof TriplineError && error.retriable) || config.clickhouse === undefined) throw error;
    logger.warn({ err: error }, 'The store is away: everything else goes on, and what it misses waits in the log');
    running = retry();
  }
  return async () => {
    stop.abort();
    await running;
  };
}
