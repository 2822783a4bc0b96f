import { openChdbStore } from './chdb/chdb-store.ts';
import type { StoreConfig } from './config.ts';
import type { Store } from './store.ts';

/**
 * The store that the configuration asks for: a ClickHouse server, or the engine in this process.
 * @param dir folder of the store's own, where it is in this process
 * @throws TriplineError of either
 */
export async function openStore(dir: string, config: StoreConfig): Promise<Store> {
  const { clickhouse } = config;
  if (clickhouse === undefined) return openChdbStore({ dir, config });
  const { openClickHouseStore } = await import('./clickhouse/clickhouse-store.ts');
  return openClickHouseStore({ clickhouse, config });
}
