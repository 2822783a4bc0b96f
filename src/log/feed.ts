import type { LogRecord } from './log.ts';

/** Part of a partition: its records, and the offset to go on from. */
export interface Stretch {
  records: LogRecord[];
  /** Above the last record, and above offsets that hold none. */
  next: number;
}

/** One partition as a subscriber's loop sees it. */
export interface Feed {
  /** Offset that the next durable record gets, as far as is known here. */
  next(): number;
  /** The same, once whoever knows it was asked. */
  end(): Promise<number>;
  /** From below `next()` on. May bring nothing: where offsets hold no records, or not yet. */
  read(from: number, bytes_max: number): Promise<Stretch>;
  /** Log time that no later record falls below; undefined while that is not known. */
  time(): number | undefined;
  /** Calls `listener` after each append. Returns the function that stops it. */
  onAppend(listener: () => void): () => void;
}

export interface FeedOptions {
  tick_ms: number;
  read_bytes: number;
  retry_ms_min: number;
  retry_ms_max: number;
}

/** Of a partition whose offsets have no holes. */
export function stretchOf(records: LogRecord[], from: number): Stretch {
  return { records, next: (records.at(-1)?.offset ?? from - 1) + 1 };
}
