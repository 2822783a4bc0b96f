import type { LogConfig } from '../config.ts';
import { bytesOfEntry, type LogDatabase, numberValue } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Head, Heads } from './heads.ts';
import { bytesUsed } from './space.ts';

/** One slice is one transaction: other work of the process runs in between. */
const SLICE_RECORDS_MAX = 256;
const SLICE_BYTES_MAX = 4 * 1024 * 1024;

export interface Retention {
  database: LogDatabase;
  heads: Heads;
  commits: GroupCommit;
  retention: LogConfig['retention'];
}

/** Retires by age, then the oldest records of all partitions until the rest fits. Resolves with their number. */
export async function retire(log: Retention, now: number): Promise<number> {
  let retired = 0;
  for (const head of log.heads.all) {
    const oldest = now - log.retention.age_ms;
    for (;;) {
      const slice = await retireSlice(log, head, ({ appended }) => appended < oldest);
      if (slice.records === 0) break;
      retired += slice.records;
    }
  }
  let excess = bytesUsed(log.database, log.heads) - log.retention.bytes_max;
  while (excess > 0) {
    const head = oldestHead(log.heads);
    if (!head) break;
    const allowed = excess;
    const slice = await retireSlice(log, head, ({ freed }) => freed < allowed);
    if (slice.records === 0) break;
    retired += slice.records;
    excess -= slice.bytes;
  }
  return retired;
}

async function retireSlice(
  { database, heads, commits }: Retention,
  head: Head,
  wanted: (record: { appended: number; freed: number }) => boolean,
): Promise<{ records: number; bytes: number }> {
  const { first } = head;
  const end = Math.min(committedByAll(heads, head), first + SLICE_RECORDS_MAX);
  let next = first;
  let freed = 0;
  if (end <= first) return { records: 0, bytes: 0 };
  for (const { key, value } of head.records.getRange({ start: first, end })) {
    if (freed >= SLICE_BYTES_MAX || !wanted({ appended: value.readDoubleLE(0), freed })) break;
    freed += bytesOfEntry(value.length);
    next = key + 1;
  }
  if (next === first) return { records: 0, bytes: 0 };
  await commits.commit({
    bytes: 0,
    put() {
      for (let offset = first; offset < next; offset++) head.records.remove(offset);
      // Also keeps the offsets counting where no record is left to tell them.
      database.meta.put(['first', head.topic, head.partition], numberValue(next));
    },
    done: () => {
      head.first = next;
    },
  });
  return { records: next - first, bytes: freed };
}

/** Below this offset every known group is done. */
function committedByAll(heads: Heads, { topic, partition, next }: Head): number {
  let all = next;
  for (const group of heads.groups(topic)) all = Math.min(all, heads.committed(topic, group, partition) ?? 0);
  return all;
}

/** The partition with the oldest record that may be retired. */
function oldestHead(heads: Heads): Head | undefined {
  let oldest: { head: Head; appended: number } | undefined;
  for (const head of heads.all) {
    if (committedByAll(heads, head) <= head.first) continue;
    const appended = head.records.get(head.first)!.readDoubleLE(0);
    if (!oldest || appended < oldest.appended) oldest = { head, appended };
  }
  return oldest?.head;
}
