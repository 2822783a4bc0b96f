import type { Log, LogRecord, Topic } from './log.ts';

const READ_BYTES = 1 << 20;

/** Records of a partition from one offset to before another, in order. Ends early where nothing follows. */
export async function* recordsOf(
  log: Pick<Log, 'read'>,
  topic: Topic,
  partition: number,
  from: number,
  end: number,
  read_bytes = READ_BYTES,
): AsyncGenerator<LogRecord> {
  for (let at = from; at < end; ) {
    const records = await log.read(topic, partition, at, read_bytes);
    if (records.length === 0) return;
    for (const record of records) {
      if (record.offset >= end) return;
      yield record;
    }
    at = records.at(-1)!.offset + 1;
  }
}
