import type { Delivered, Reason } from './deliver.ts';

export interface ReplayCounts {
  /** Events and records of the files, without those that were skipped. */
  read: number;
  accepted: number;
  /** Known to the server already. */
  duplicates: number;
  /** Refused by the server, or no event already when read. */
  rejected: number;
  /** Healthy records that are not about agents. */
  ignored: number;
  skipped: number;
}

/** What a replay came to so far. */
export interface Tally {
  readonly counts: ReplayCounts;
  readonly reasons: Reason[];
  /** Records from the start of the merged files that need not be read again. */
  readonly done: number;
  skip(): void;
  /** A record that was read becomes no event. */
  refuse(reason: Reason): void;
  deliver(delivered: Delivered): void;
  /** So many more records are done. */
  finish(records: number): void;
}

export function createTally(reasons_max: number): Tally {
  const counts: ReplayCounts = { read: 0, accepted: 0, duplicates: 0, rejected: 0, ignored: 0, skipped: 0 };
  const reasons: Reason[] = [];
  let finished = 0;
  const keep = (reason: Reason) => {
    if (reasons.length < reasons_max) reasons.push(reason);
  };
  return {
    counts,
    reasons,
    get done() {
      return counts.skipped + finished;
    },
    skip() {
      counts.skipped += 1;
    },
    refuse(reason) {
      counts.rejected += 1;
      keep(reason);
    },
    deliver(delivered) {
      counts.accepted += delivered.accepted;
      counts.duplicates += delivered.duplicates;
      counts.rejected += delivered.rejected;
      delivered.reasons.forEach(keep);
    },
    finish(records) {
      finished += records;
    },
  };
}
