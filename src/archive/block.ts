import { TriplineError } from '../errors.ts';
import { Frame } from '../event/frame/index.ts';
import type { LogRecord } from '../log/log.ts';
import { signatureOf } from '../store/group.ts';
import type { ArchiveConfig } from './config.ts';

/** A record that waits. */
interface Entry {
  record: LogRecord;
  rows: number;
  /** Frames of other columns go into another block, so that a block is one statement: stored whole or not at all. */
  signature: string;
}

/** The first `count` of the waiting records: offsets [from, to). */
export interface Block {
  count: number;
  from: number;
  to: number;
  /** Log time of the first record. */
  appended: number;
  frames: Buffer[];
  rows: number;
}

function entryOf(record: LogRecord): Entry {
  try {
    const frame = Frame.decode(record.frame);
    return { record, rows: frame.length, signature: signatureOf(frame) };
  } catch (error) {
    if (!(error instanceof TriplineError)) throw error;
    // It stands alone in its block, and the store says what is wrong with it.
    return { record, rows: 0, signature: 'corrupt' };
  }
}

/** The block that the waiting entries, at least one, begin with: within the limits, or up to the offset `to`. */
function blockOf(entries: readonly Entry[], limits?: ArchiveConfig, to = Number.POSITIVE_INFINITY): Block {
  const first = entries[0]!;
  const frames: Buffer[] = [];
  let rows = 0;
  let bytes = 0;
  for (const entry of entries) {
    const { record } = entry;
    if (record.offset >= to) break;
    if (limits !== undefined && frames.length > 0 && !fits(entry, first, rows, bytes, limits)) break;
    frames.push(record.frame);
    rows += entry.rows;
    bytes += record.frame.length;
  }
  const last = entries[frames.length - 1]!.record;
  return {
    count: frames.length,
    from: first.record.offset,
    to: last.offset + 1,
    appended: first.record.appended,
    frames,
    rows,
  };
}

function fits(entry: Entry, first: Entry, rows: number, bytes: number, limits: ArchiveConfig): boolean {
  return (
    entry.signature === first.signature &&
    rows + entry.rows <= limits.rows_max &&
    bytes + entry.record.frame.length <= limits.bytes_max
  );
}

export type Queue = ReturnType<typeof createQueue>;

/** Records that wait for their block, with their totals. */
export function createQueue(config: ArchiveConfig) {
  const entries: Entry[] = [];
  let rows = 0;
  let bytes = 0;
  return {
    length: () => entries.length,
    first: () => entries[0]?.record,
    last: () => entries.at(-1)?.record,
    isFull: () => rows >= config.rows_max || bytes >= config.bytes_max,
    add: (records: readonly LogRecord[]): void => {
      for (const record of records) {
        const entry = entryOf(record);
        entries.push(entry);
        rows += entry.rows;
        bytes += record.frame.length;
      }
    },
    /** The block that begins here; up to the offset `to` where that is given, whatever the limits. */
    block: (to?: number): Block => blockOf(entries, to === undefined ? config : undefined, to),
    /** The first half of a block. */
    half: (block: Block): Block => blockOf(entries.slice(0, Math.ceil(block.count / 2))),
    remove: (block: Block): void => {
      for (const { record } of entries.splice(0, block.count)) bytes -= record.frame.length;
      rows -= block.rows;
    },
  };
}
