import { randomUUID } from 'node:crypto';
import { pack, unpack } from 'msgpackr';
import { LogConfig } from '../config.ts';
import { openLmdbLog } from '../lmdb/lmdb-log.ts';
import type { Append, Log } from '../log.ts';
import { stateEntry } from '../state-entry.ts';
import type { Doubt } from './writer.ts';

/** Writes that Kafka has not taken yet, first in, first out, on the local disk. */
export interface Spool {
  /** Tells one spool from another that began anew in its folder. */
  readonly id: string;
  /** How many writes wait. */
  length(): number;
  /**
   * Resolves when it would survive a crash.
   * @param doubt where the write may be in Kafka already
   * @throws TriplineError TRIPLINE_LOG_UNAVAILABLE when it is full
   */
  put(appends: readonly Append[], doubt?: Doubt): Promise<void>;
  /** The oldest of them, at least one and up to about `bytes_max`. */
  oldest(bytes_max: number): Promise<Spooled[]>;
  /** Forgets those below `next`. */
  remove(next: number): Promise<void>;
  close(): Promise<void>;
}

export interface Spooled {
  appends: Append[];
  doubt?: Doubt;
  /** Number of the write after it. */
  next: number;
}

const PLACE = { topic: 'events', partition: 0 } as const;
const GROUP = 'drain';
const SCOPE = 'spool';

/** @throws TriplineError TRIPLINE_DATA_DIR_LOCKED, TRIPLINE_DATA_DIR_UNUSABLE */
export async function openSpool(dir: string, bytes_max: number): Promise<Spool> {
  const config = LogConfig.parse({
    partitions: { events: 1, credentials: 1 },
    map_bytes_max: bytes_max,
    // Whatever was drained goes at once.
    retention: { age_ms: 0, bytes_max: 0 },
  });
  const log = await openLmdbLog({ dir, config });
  const id = await idOf(log);
  let first = (await log.committed(GROUP, PLACE.topic, PLACE.partition)) ?? 0;
  let { next } = await log.bounds(PLACE.topic, PLACE.partition);
  // Known from now on, so that nothing is retired before it was drained.
  await log.write({ commit: [{ group: GROUP, ...PLACE, offset: first }] });
  return {
    id,
    length: () => next - first,
    async put(appends, doubt) {
      const [offset] = await log.write({ append: [{ ...PLACE, frame: pack({ appends, doubt }) }] });
      next = offset! + 1;
    },
    async oldest(max) {
      const records = await log.read(PLACE.topic, PLACE.partition, first, max);
      return records.map(({ offset, frame }) => ({ ...(unpack(frame) as Omit<Spooled, 'next'>), next: offset + 1 }));
    },
    async remove(to) {
      if (to <= first) return;
      await log.write({ commit: [{ group: GROUP, ...PLACE, offset: to }] });
      first = to;
      await log.retain(Number.MAX_SAFE_INTEGER);
    },
    close: () => log.close(),
  };
}

async function idOf(log: Log): Promise<string> {
  const kept = await stateEntry(log, SCOPE, 'id');
  if (kept !== undefined) return kept.toString();
  const id = randomUUID();
  await log.write({ state: [{ scope: SCOPE, key: 'id', value: Buffer.from(id) }] });
  return id;
}
