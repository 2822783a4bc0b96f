import { TriplineError } from '../../errors.ts';
import { bytesIn, type LogDatabase } from './database.ts';
import type { Heads } from './heads.ts';

/** Bytes of everything kept, without free pages. */
export function bytesUsed(database: LogDatabase, heads: Heads): number {
  return heads.all.reduce((bytes, head) => bytes + bytesIn(head.records), bytesIn(database.state));
}

/**
 * Counts what is written and measures what is used when that might be too much.
 * @throws TriplineError TRIPLINE_LOG_UNAVAILABLE (retriable)
 */
export function spaceGuard(database: LogDatabase, heads: Heads, map_bytes_max: number): (bytes: number) => void {
  let used = Number.POSITIVE_INFINITY;
  return (bytes) => {
    if (used + bytes > map_bytes_max) used = bytesUsed(database, heads);
    if (used + bytes > map_bytes_max) {
      const message = `The log holds ${used} bytes and map_bytes_max is ${map_bytes_max}`;
      throw new TriplineError('TRIPLINE_LOG_UNAVAILABLE', message, { retriable: true });
    }
    used += bytes;
  };
}
