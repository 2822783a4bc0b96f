import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { LogConfig } from '../config.ts';
import { TOPICS, type Topic } from '../log.ts';
import { checkFiles } from './check-files.ts';
import { unusable } from './lock.ts';

/** Records of one partition by offset. A value is the append time (float64, little-endian) and the frame. */
export type Records = Database<Buffer, number>;

/**
 * One LMDB file. `meta`: `['format']`, `['clock']`, `['partitions', topic]`, `['first', topic, partition]`, `['group', topic, group]`,
 * `['commit', topic, group, partition]`, each a float64. `state`: scope, a zero byte, key.
 */
export interface LogDatabase {
  root: RootDatabase<Buffer>;
  meta: Database<Buffer, (string | number)[]>;
  state: Database<Buffer, Buffer>;
  records(topic: Topic, partition: number): Records;
}

/** In the folder of the log. */
export const DATA_FILE = 'data.mdb';
/** Of a record's value, before the frame. */
export const APPENDED_BYTES = 8;
const PAGE_BYTES = 4096;
const PAGE_HEADER_BYTES = 16;

/** An option of lmdb that its types leave out. */
const OWNER_ONLY = { permissionsMode: 0o600 };

/** @throws TriplineError TRIPLINE_DATA_DIR_UNUSABLE */
export function openDatabase(dir: string, config: LogConfig): LogDatabase {
  try {
    checkFiles(join(dir, DATA_FILE), join(dir, 'lock.mdb'));
    const root = open<Buffer>({
      ...OWNER_ONLY,
      path: dir,
      noSubdir: false,
      encoding: 'binary',
      mapSize: config.map_bytes_max,
      pageSize: PAGE_BYTES,
      maxDbs: 2 + Object.values(config.partitions).reduce((sum, count) => sum + count, 0),
      // A commit is visible only once it is durable, so nobody acts on what a power cut could take back.
      overlappingSync: false,
      eventTurnBatching: false,
    });
    const all = new Map<string, Records>();
    for (const topic of TOPICS) {
      for (let p = 0; p < config.partitions[topic]; p++) all.set(`${topic}/${p}`, openRecords(root, `${topic}/${p}`));
    }
    return {
      root,
      meta: root.openDB<Buffer, (string | number)[]>('meta', { encoding: 'binary' }),
      state: root.openDB<Buffer, Buffer>('state', { encoding: 'binary', keyEncoding: 'binary' }),
      records: (topic, partition) => all.get(`${topic}/${partition}`)!,
    };
  } catch (error) {
    throw unusable(dir, error);
  }
}

function openRecords(root: RootDatabase<Buffer>, name: string): Records {
  return root.openDB<Buffer, number>(name, { encoding: 'binary' });
}

/** Bytes of the pages that hold entries: what the file would take if its free pages were given back. */
export function bytesIn(database: Records | LogDatabase['state']): number {
  const stats = database.getStats() as Record<'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages', number>;
  return PAGE_BYTES * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages);
}

/** About what one entry takes: large values have pages of their own. */
export function bytesOfEntry(value_bytes: number): number {
  if (value_bytes < PAGE_BYTES / 2) return value_bytes + 32;
  return PAGE_BYTES * Math.ceil((value_bytes + PAGE_HEADER_BYTES) / PAGE_BYTES);
}

export function numberValue(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
