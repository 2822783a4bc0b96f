import type { Fingerprints } from '../event/fingerprint.ts';
import { Frame } from '../event/frame/index.ts';
import type { Log, LogRecord, Subscription } from '../log/log.ts';
import { recordsOf } from '../log/records.ts';
import { hashInto, nameOf, RecentIds } from './recent-ids.ts';

/** Records read in one step towards the beginning, and bytes of one read. */
const STEP_RECORDS = 64;
const READ_BYTES = 8 << 20;

/**
 * The ids of the newest `events_max` events of the log, so that a delivery repeated after a crash is still known as a repeat.
 * Newest over all partitions: a busy agent fills one of them, and its repeats must not be forgotten for the quiet ones.
 */
export async function recall(log: Log, fingerprints: Fingerprints, events_max: number): Promise<RecentIds> {
  // Filled from its end: what stands first in the end is the oldest.
  const hashes = new Uint32Array(2 * events_max);
  let start = hashes.length;
  for await (const record of newestFirst(log)) {
    for (const name of namesIn(record).reverse()) {
      if (start === 0) break;
      start -= 2;
      hashInto(fingerprints, name, hashes.subarray(start, start + 2));
    }
    if (start === 0) break;
  }
  const recent = new RecentIds(events_max);
  for (let at = start; at < hashes.length; at += 2) recent.add(hashes.subarray(at, at + 2));
  return recent;
}

/**
 * Learns the ids of events that other doors write, after those that `recall` finds. `group` must not be shared with another follower.
 * Resolves with what starts it, once `recall` is done.
 */
export async function prepareToFollow(log: Log, group: string, fingerprints: Fingerprints) {
  const partitions = Array.from({ length: log.partitions('events') }, (_, partition) => partition);
  const ends = await Promise.all(partitions.map(async (partition) => (await log.bounds('events', partition)).next));
  const hash = new Uint32Array(2);
  return (recent: RecentIds): Promise<Subscription> =>
    log.subscribe('events', group, async (partition) => ({
      position: ends[partition]!,
      async process(records) {
        for (const name of records.flatMap(namesIn)) {
          hashInto(fingerprints, name, hash);
          if (!recent.has(hash)) recent.add(hash);
        }
      },
    }));
}

/** Records of all partitions by the time they were appended. */
async function* newestFirst(log: Log): AsyncGenerator<LogRecord> {
  const walks = Array.from({ length: log.partitions('events') }, (_, partition) => backwards(log, partition));
  const heads = await Promise.all(walks.map((walk) => walk.next()));
  for (;;) {
    let newest: { walk: number; record: LogRecord } | undefined;
    for (const [walk, { done, value: record }] of heads.entries())
      if (!done && (newest === undefined || record.appended > newest.record.appended)) newest = { walk, record };
    if (newest === undefined) return;
    yield newest.record;
    heads[newest.walk] = await walks[newest.walk]!.next();
  }
}

async function* backwards(log: Log, partition: number): AsyncGenerator<LogRecord, undefined> {
  const { first, next } = await log.bounds('events', partition);
  for (let end = next; end > first; end -= STEP_RECORDS) {
    const step: LogRecord[] = [];
    const from = Math.max(first, end - STEP_RECORDS);
    for await (const record of recordsOf(log, 'events', partition, from, end, READ_BYTES)) step.push(record);
    yield* step.reverse();
  }
}

function namesIn({ frame }: LogRecord): string[] {
  const rows = Frame.decode(frame);
  const producers = rows.column('producer', 'LowCardinality(String)');
  return rows.column('event_id', 'String').map((id, i) => nameOf(producers[i]!, id));
}
