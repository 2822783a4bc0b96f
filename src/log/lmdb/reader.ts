import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { TriplineError } from '../../errors.ts';
import type { LogRecord, Topic } from '../log.ts';
import { APPENDED_BYTES, DATA_FILE } from './database.ts';
import { unusable } from './lock.ts';

const PAGE_RECORDS = 64;
const DATABASES_MAX = 4096;

/** The records of a folder, also while a Tripline runs on it: nothing is locked and nothing is written. */
export interface LogReader {
  /** Of every partition of a topic, in order of the log's time. */
  records(topic: Topic): Iterable<LogRecord & { partition: number }>;
  close(): Promise<void>;
}

/** @throws TriplineError TRIPLINE_DATA_DIR_UNUSABLE where there is no log */
export async function openLmdbReader(dir: string): Promise<LogReader> {
  await stat(join(dir, DATA_FILE)).catch((cause: unknown) => {
    throw new TriplineError('TRIPLINE_DATA_DIR_UNUSABLE', `There is no log in ${dir}`, { cause });
  });
  let root: RootDatabase<Buffer>;
  try {
    root = open<Buffer>({ path: dir, noSubdir: false, encoding: 'binary', readOnly: true, maxDbs: DATABASES_MAX });
  } catch (error) {
    throw unusable(dir, error);
  }
  const meta = root.openDB<Buffer, (string | number)[]>('meta', { encoding: 'binary' });
  const partitions = (topic: Topic) => meta.get(['partitions', topic])?.readDoubleLE(0) ?? 0;
  return {
    records: (topic) =>
      inOrder(Array.from({ length: partitions(topic) }, (_, partition) => recordsOf(root, topic, partition))),
    close: () => root.close(),
  };
}

/** Read in pages: a reader that takes its time pins no old pages of the file. */
function* recordsOf(root: RootDatabase<Buffer>, topic: Topic, partition: number) {
  const database = root.openDB<Buffer, number>(`${topic}/${partition}`, { encoding: 'binary' });
  for (let start = 0; ; ) {
    const page = [...database.getRange({ start, limit: PAGE_RECORDS })];
    for (const { key: offset, value } of page)
      yield { partition, offset, appended: value.readDoubleLE(0), frame: value.subarray(APPENDED_BYTES) };
    if (page.length < PAGE_RECORDS) return;
    start = page.at(-1)!.key + 1;
  }
}

/** Merges sequences that are in order of `appended` each. */
export function* inOrder<T extends { appended: number }>(sequences: readonly Iterable<T>[]): Iterable<T> {
  const heads = sequences.map((sequence) => sequence[Symbol.iterator]()).map((rest) => ({ rest, head: rest.next() }));
  for (;;) {
    let next: (typeof heads)[number] | undefined;
    for (const one of heads)
      if (!one.head.done && (next === undefined || one.head.value.appended < next.head.value.appended)) next = one;
    if (next === undefined) return;
    yield next.head.value;
    next.head = next.rest.next();
  }
}
