import { mkdir, rm, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TriplineError } from '../../errors.ts';
import { StoreConfig } from '../config.ts';
import { attempt } from '../errors.ts';
import type { FrameGroup } from '../group.ts';
import { createInserter, type InsertGroup } from '../inserter.ts';
import type { Block, Store } from '../store.ts';
import { type Connection, connect } from './connection.ts';

export interface ChdbStoreOptions {
  /** Folder of the store; made when it is not there. One per process. */
  dir: string;
  config?: StoreConfig;
}

/** Inserts wait for each other, so this is how many partitions may insert at once. */
const STATEMENTS_WAITING_MAX = 10_000;

/** Times as ISO texts and integers as numbers, whoever asks. */
const JSON_SETTINGS = {
  output_format_json_array_of_rows: 1,
  output_format_json_quote_64bit_integers: 0,
  date_time_output_format: 'iso',
};

/**
 * The ClickHouse engine in this process: one connection that writes and one that reads.
 * Wants UV_THREADPOOL_SIZE of 12 or more: a running statement holds a thread.
 * @throws TriplineError TRIPLINE_DATA_DIR_LOCKED or TRIPLINE_DATA_DIR_UNUSABLE
 */
export async function openChdbStore(options: ChdbStoreOptions): Promise<Store> {
  const config = options.config ?? StoreConfig.parse({});
  const dir = resolve(options.dir);
  const incoming = join(dir, 'incoming');
  await prepare(dir, incoming);
  const path = join(dir, 'db');
  const writer = await connect(path, { settings: {}, waiting_max: STATEMENTS_WAITING_MAX });
  // This process holds the folder now: what is left there is from one that crashed.
  await rm(incoming, { recursive: true, force: true });
  await prepare(dir, incoming);
  const settings = {
    ...JSON_SETTINGS,
    max_execution_time: config.query_ms_max / 1000,
    max_memory_usage: config.query_bytes_max,
    readonly: 2,
  };
  const reader = await connect(path, { settings, waiting_max: config.queries_waiting_max });
  const query: Store['query'] = async <T>(sql: string, params?: Readonly<Record<string, unknown>>) => {
    const text = await attempt('A query failed', () => reader.run(sql, params));
    return (text === '' ? [] : JSON.parse(text)) as T[];
  };
  const inserter = createInserter(query, asFiles(writer, incoming));

  return {
    query,
    insert: inserter.insert,
    command: async (sql) => {
      inserter.forget();
      await attempt('A statement failed', () => writer.run(sql));
    },
    size: async () => {
      const rows = await query<{ bytes: number }>('SELECT sum(bytes_on_disk) AS bytes FROM system.parts');
      return rows[0]?.bytes ?? 0;
    },
    close: async () => {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}

async function prepare(dir: string, incoming: string): Promise<void> {
  // The engine reads such letters in a file's name as a pattern, and there is no way to quote them.
  if (/[*?{}]/.test(dir)) {
    throw new TriplineError('TRIPLINE_DATA_DIR_UNUSABLE', `The path ${dir} must not contain any of * ? { }`);
  }
  try {
    await mkdir(incoming, { recursive: true });
  } catch (error) {
    throw new TriplineError('TRIPLINE_DATA_DIR_UNUSABLE', `The folder ${incoming} cannot be made`, { cause: error });
  }
}

/** Hands frames to the engine as files: it takes binary input in no other way. */
function asFiles(writer: Connection, incoming: string): InsertGroup {
  let files = 0;
  return async (block, group, columns) => {
    const file = join(incoming, `${process.pid}-${files++}.native`);
    try {
      await writeFile(file, group.frames.length === 1 ? group.frames[0]! : Buffer.concat(group.frames));
      await writer.run(insertSql(block, group, columns, file));
    } finally {
      await unlink(file).catch(() => {});
    }
  };
}

function insertSql(block: Block, group: FrameGroup, names: readonly string[], file: string): string {
  const columns = names.join(', ');
  const settings = [
    `insert_deduplication_token = ${quote(`${block.token}/${group.signature}`)}`,
    // One thread keeps the rows of a block together and in order: a repeated token must meet the same block.
    'max_threads = 1',
    'max_insert_threads = 1',
    'schema_inference_use_cache_for_file = 0',
    // After an outage a block may span more days than the usual limit; times of receipt are ours, so they are few.
    'max_partitions_per_insert_block = 0',
  ];
  return `INSERT INTO \`${block.table}\` (${columns}) SELECT ${columns} FROM file(${quote(file)}, Native) SETTINGS ${settings.join(', ')}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
