export { type ChdbStoreOptions, openChdbStore } from './chdb/chdb-store.ts';
export { StoreConfig } from './config.ts';
export { migrate } from './migrations/migrate.ts';
export { openStore } from './open.ts';
export type { Block, Store } from './store.ts';
