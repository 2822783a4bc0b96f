import { type Entry, REORDER_EVENTS_MAX, readTimed } from '../files/index.ts';
import type { Timed } from '../files/order.ts';

export interface FileEntry extends Entry {
  /** The file it comes from, as it was named. */
  file: string;
}

/** At least this many events of each file are held back, however many files there are. */
const HELD_MIN = 1000;

/**
 * The events of several files as one stream in order of event time; of equal times, the file named first comes first. All are
 * opened before anything comes, and share what one file may hold back to be put into order.
 */
export async function* mergeFiles(files: readonly string[]): AsyncGenerator<Timed<FileEntry>> {
  const reorder_events_max = Math.max(HELD_MIN, Math.floor(REORDER_EVENTS_MAX / files.length));
  const sources = files.map((file) => ({ file, entries: readTimed(file, { reorder_events_max }) }));
  const heads: Head[] = [];
  try {
    for (const { file, entries } of sources) {
      const { value, done } = await entries.next();
      if (!done) heads.push({ file, entries, first: value });
    }
    while (heads.length > 0) {
      const head = earliest(heads);
      yield { value: { ...head.first.value, file: head.file }, time_ms: head.first.time_ms };
      const { value, done } = await head.entries.next();
      if (done) heads.splice(heads.indexOf(head), 1);
      else head.first = value;
    }
  } finally {
    for (const { entries } of sources) await entries.return(undefined);
  }
}

interface Head {
  file: string;
  entries: AsyncGenerator<Timed<Entry>>;
  first: Timed<Entry>;
}

function earliest(heads: readonly Head[]): Head {
  return heads.reduce((best, head) => (head.first.time_ms < best.first.time_ms ? head : best));
}
