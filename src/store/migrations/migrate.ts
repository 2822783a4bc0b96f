import { StoreConfig } from '../config.ts';
import type { Store } from '../store.ts';
import { MIGRATIONS, type Migration } from './list.ts';
import { addColumn, changeRetention, onCluster, retention, storedName, TABLES, type Table } from './tables.ts';

function notes(config: StoreConfig): string {
  const name = `schema_migrations${onCluster(config)}`;
  // The same on all shards: what ran, ran on the cluster.
  const engine =
    config.clickhouse?.cluster === undefined
      ? 'MergeTree'
      : "ReplicatedMergeTree('/clickhouse/tables/{database}/schema_migrations', '{shard}-{replica}')";
  return `CREATE TABLE IF NOT EXISTS ${name} (version UInt32, name String, applied DateTime DEFAULT now())
ENGINE = ${engine} ORDER BY version`;
}

/**
 * Brings the tables to this version: the numbered migrations that have not run, then columns that a record has gained,
 * then changed days of retention. Does nothing when there is nothing to do.
 * @throws TriplineError TRIPLINE_STORE_UNAVAILABLE (retriable) or TRIPLINE_STORE_REFUSED
 */
export async function migrate(
  store: Store,
  config: StoreConfig = StoreConfig.parse({}),
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await store.command(notes(config));
  const rows = await store.query<{ version: number }>('SELECT DISTINCT version FROM schema_migrations');
  const done = new Set(rows.map(({ version }) => version));
  for (const migration of migrations) {
    if (done.has(migration.version)) continue;
    for (const statement of migration.statements(config)) await store.command(statement);
    const name = migration.name.replaceAll("'", "\\'");
    await store.command(`INSERT INTO schema_migrations (version, name) VALUES (${migration.version}, '${name}')`);
  }
  for (const table of TABLES) await bringUpToDate(store, table, config);
}

async function bringUpToDate(store: Store, table: Table, config: StoreConfig): Promise<void> {
  const params = { table: storedName(table, config) };
  const here = 'database = currentDatabase()';
  const rows = await store.query<{ name: string }>(
    `SELECT name FROM system.columns WHERE ${here} AND table = {table:String}`,
    params,
  );
  const known = new Set(rows.map(({ name }) => name));
  for (const column of table.type.columns) {
    if (known.has(column.name)) continue;
    for (const statement of addColumn(table, column, config)) await store.command(statement);
  }
  const [engine] = await store.query<{ engine_full: string }>(
    `SELECT engine_full FROM system.tables WHERE ${here} AND name = {table:String}`,
    params,
  );
  if (!engine?.engine_full.includes(`TTL ${retention(table, config)} `)) {
    await store.command(changeRetention(table, config));
  }
}
