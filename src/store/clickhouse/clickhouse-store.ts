import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { TriplineError } from '../../errors.ts';
import { readSecret } from '../../secret.ts';
import { StoreConfig } from '../config.ts';
import { attempt } from '../errors.ts';
import type { FrameGroup } from '../group.ts';
import { createInserter } from '../inserter.ts';
import type { Block, Store } from '../store.ts';
import type { ClickHouseConfig } from './config.ts';

export interface ClickHouseStoreOptions {
  clickhouse: ClickHouseConfig;
  config?: StoreConfig;
}

const JSON_SETTINGS: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 0,
  date_time_output_format: 'iso',
};

/** A block is one part of the table, so that its token stands for all of it: larger than any block of the archive. */
const BLOCK_ROWS = '10000000';
const BLOCK_BYTES = '4000000000';
const INSERT_SETTINGS: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 1,
  input_format_parallel_parsing: 0,
  max_insert_threads: '1',
  max_insert_block_size: BLOCK_ROWS,
  min_insert_block_size_rows: BLOCK_ROWS,
  min_insert_block_size_bytes: BLOCK_BYTES,
  max_partitions_per_insert_block: '0',
  wait_end_of_query: 1,
};

/**
 * A ClickHouse server over HTTP. Nothing is asked of it here: one that is away is waited for by those who use it.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID when the password or the certificates are missing
 */
export function openClickHouseStore({ clickhouse, config = StoreConfig.parse({}) }: ClickHouseStoreOptions): Store {
  const client = createClient(clientOptions(clickhouse));
  const settings: ClickHouseSettings = {
    ...JSON_SETTINGS,
    max_execution_time: config.query_ms_max / 1000,
    max_memory_usage: `${config.query_bytes_max}`,
    readonly: '2',
    // What is asked of all shards may itself ask all shards.
    ...(clickhouse.sharded && { distributed_product_mode: 'global' as const }),
  };
  const query: Store['query'] = <T>(sql: string, params: Readonly<Record<string, unknown>> = {}) =>
    attempt('A query failed', async () => {
      const answer = await client.query({
        query: sql,
        query_params: { ...params },
        format: 'JSONEachRow',
        clickhouse_settings: settings,
      });
      return (await answer.json()) as T[];
    });
  const inserter = createInserter(query, (block, group, columns) =>
    insertGroup(client, block, group, columns, clickhouse),
  );
  return {
    query,
    insert: inserter.insert,
    async command(sql) {
      inserter.forget();
      await attempt('A statement failed', () =>
        client.command({ query: sql, clickhouse_settings: { wait_end_of_query: 1, alter_sync: '1' } }),
      );
    },
    async size() {
      const [row] = await query<{ bytes: number }>(
        'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = currentDatabase()',
      );
      return row?.bytes ?? 0;
    },
    close: () => client.close(),
  };
}

function clientOptions({ url, database, user, password, ca_file, ...limits }: ClickHouseConfig) {
  return {
    url,
    database,
    username: user,
    password: password === undefined ? '' : readSecret(password, 'store.clickhouse'),
    application: 'tripline',
    // Errors are told by those who meet them; the client's own lines go past our log.
    log: { level: ClickHouseLogLevel.OFF },
    request_timeout: limits.request_ms,
    max_open_connections: limits.connections_max,
    compression: { response: limits.compress, request: false },
    ...(ca_file !== undefined && { tls: { ca_cert: certificates(ca_file) } }),
  };
}

function certificates(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', `store.clickhouse.ca_file: ${file} cannot be read`, { cause });
  }
}

/** The frames are what the server reads: nothing is encoded again. */
async function insertGroup(
  client: ClickHouseClient,
  block: Block,
  group: FrameGroup,
  names: readonly string[],
  { sharded }: ClickHouseConfig,
): Promise<void> {
  const { stream } = await client.exec({
    query: `INSERT INTO \`${block.table}\` (${names.join(', ')}) FORMAT Native`,
    values: Readable.from(group.frames, { objectMode: false }),
    clickhouse_settings: {
      ...INSERT_SETTINGS,
      insert_deduplication_token: `${block.token}/${group.signature}`,
      // Committed is what all shards have.
      ...(sharded && { distributed_foreground_insert: 1 }),
    },
  });
  // The answer has no body; it is over when the server has the rows.
  for await (const _ of stream);
}
