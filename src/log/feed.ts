import type { LogRecord } from './log.ts';

/** One partition as a subscriber's loop sees it. */
export interface Feed {
  /** Offset that the next durable record gets. */
  next(): number;
  read(from: number, bytes_max: number): Promise<LogRecord[]>;
  /** Log time that no later record falls below; undefined while records are being made durable. */
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
