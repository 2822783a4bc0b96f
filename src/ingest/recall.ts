import type { Fingerprints } from '../event/fingerprint.ts';
import { Frame } from '../event/frame/index.ts';
import type { Log, LogRecord } from '../log/log.ts';
import { hashInto, nameOf, RecentIds } from './recent-ids.ts';

/** Records read in one step towards the beginning, and bytes of one read. */
const STEP_RECORDS = 64;
const READ_BYTES = 8 << 20;

/** The ids of the newest events of the log, so that a delivery repeated after a crash is still known as a repeat. */
export async function recall(log: Log, fingerprints: Fingerprints, events_max: number): Promise<RecentIds> {
  const recent = new RecentIds(events_max);
  const partitions = log.partitions('events');
  const each = Math.ceil(events_max / partitions);
  for (let partition = 0; partition < partitions; partition++) {
    for (const hashes of (await newest(log, fingerprints, partition, each)).reverse())
      for (let at = 0; at < hashes.length; at += 2) recent.add(hashes.subarray(at, at + 2));
  }
  return recent;
}

/** Hashes of the newest `rows_max` ids or a few more, one array a frame, newest frame first. */
async function newest(
  log: Log,
  fingerprints: Fingerprints,
  partition: number,
  rows_max: number,
): Promise<Uint32Array[]> {
  const found: Uint32Array[] = [];
  const { first, next } = await log.bounds('events', partition);
  let rows = 0;
  for (let end = next; end > first && rows < rows_max; end -= STEP_RECORDS) {
    const records = await between(log, partition, Math.max(first, end - STEP_RECORDS), end);
    for (const record of records.reverse()) {
      const hashes = hashesOf(record, fingerprints);
      rows += hashes.length / 2;
      found.push(hashes);
    }
  }
  return found;
}

async function between(log: Log, partition: number, from: number, end: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  let at = from;
  while (at < end) {
    const read = await log.read('events', partition, at, READ_BYTES);
    if (read.length === 0) break;
    records.push(...read.filter(({ offset }) => offset < end));
    at = read.at(-1)!.offset + 1;
  }
  return records;
}

function hashesOf(record: LogRecord, fingerprints: Fingerprints): Uint32Array {
  const frame = Frame.decode(record.frame);
  const producers = frame.column('producer', 'LowCardinality(String)');
  const hashes = new Uint32Array(2 * frame.length);
  for (const [i, id] of frame.column('event_id', 'String').entries())
    hashInto(fingerprints, nameOf(producers[i]!, id), hashes.subarray(2 * i, 2 * i + 2));
  return hashes;
}
