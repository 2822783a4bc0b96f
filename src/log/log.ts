/**
 * The log: the durable, partitioned order of everything. Records are frames (src/event/frame).
 * Two implementations pass one contract suite (src/log/contract.ts); nothing else knows which one runs.
 */
export const TOPICS = ['events', 'credentials', 'alerts', 'revocations', 'rejects', 'gaps', 'audit'] as const;
export type Topic = (typeof TOPICS)[number];

export interface Append {
  topic: Topic;
  partition: number;
  frame: Buffer;
}

/** "Everything below `offset` is done" for one consumer group on one partition. */
export interface Commit {
  group: string;
  topic: Topic;
  partition: number;
  offset: number;
}

/** One entry of a consumer's state. `value` undefined removes it. */
export interface StateWrite {
  /** Whose state: for example `detect/events/0`. */
  scope: string;
  key: string;
  value: Buffer | undefined;
}

/** A partition as one group consumes it. */
export type Owner = Pick<Commit, 'group' | 'topic' | 'partition'>;

export interface Write {
  /** For whose work this is; without it, for that of the first commit. Refused when the partition is another process's by now. */
  owner?: Owner;
  append?: readonly Append[];
  commit?: readonly Commit[];
  state?: readonly StateWrite[];
}

export interface LogRecord {
  offset: number;
  /** The log's own clock when the record was appended, epoch ms with fractions. Never goes back within a partition. */
  appended: number;
  frame: Buffer;
}

/** What a subscriber does with one partition that it was given. Calls never overlap. */
export interface PartitionTask {
  /** Offset of the first record to hand over. */
  position: number;
  /** Handles records in order. The next batch waits until it resolves. A rejection is retried when its error is retriable, else stops the subscription. */
  process(records: readonly LogRecord[]): Promise<void>;
  /** Called about every `tick_ms` while everything appended has been handed over: `now` is at most the `appended` of any later record. */
  tick?(now: number): Promise<void>;
  close?(): Promise<void>;
}

export interface Subscription {
  /** Resolves when everything appended so far has been processed. */
  drained(): Promise<void>;
  /** Records appended but not yet processed, over all partitions. */
  lag(): number;
  /** Rejects when the subscription died of an error that is not retriable. Never resolves before close. */
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

/** What a process does while it leads. */
export interface LeadTask {
  /** Rejects when it cannot go on: with TRIPLINE_PARTITION_LOST it is closed and waits for its turn again, else the leading ends. */
  readonly finished: Promise<unknown>;
  close(): Promise<void>;
}

export interface Lead {
  /** Rejects when it cannot go on. Never resolves before close. */
  readonly finished: Promise<void>;
  /** Closes what was opened and lets another process lead. */
  close(): Promise<void>;
}

export interface Log {
  partitions(topic: Topic): number;
  /**
   * Writes all of it or nothing, and resolves with the offsets of the appends once it would survive a crash.
   * Offsets of a partition only grow; they have holes where the implementation says so.
   * @throws TriplineError TRIPLINE_LOG_UNAVAILABLE (retriable), TRIPLINE_PARTITION_LOST
   */
  write(write: Write): Promise<number[]>;
  /** Records from `from` on, up to about `bytes_max` (always at least one where there is one: none means that none follows yet). */
  read(topic: Topic, partition: number, from: number, bytes_max: number): Promise<LogRecord[]>;
  /** `first`: oldest kept offset; `next`: offset that the next append gets, or a later one where offsets have holes. */
  bounds(topic: Topic, partition: number): Promise<{ first: number; next: number }>;
  committed(group: string, topic: Topic, partition: number): Promise<number | undefined>;
  /** All entries of a scope, in key order. */
  state(scope: string): AsyncIterable<readonly [key: string, value: Buffer]>;
  /** Gives each partition of the topic that is this process's to `open` and then feeds its task. */
  subscribe(topic: Topic, group: string, open: (partition: number) => Promise<PartitionTask>): Promise<Subscription>;
  /**
   * What one process at a time does for all of them. `open` is called when this one's turn comes, with the log as it is to be written to then:
   * whatever comes after another process took over is refused (TRIPLINE_PARTITION_LOST). Resolves at once where another one leads.
   */
  lead(name: string, open: (log: Log) => Promise<LeadTask>): Promise<Lead>;
  /** Retires records by age and size; returns how many. Only what every known group has committed. Kafka retires by itself: 0. */
  retain(now: number): Promise<number>;
  /** Bytes on disk; undefined where that is not known. */
  size(): Promise<number | undefined>;
  close(): Promise<void>;
}
