import type { Observable } from 'rxjs';
import type { AgentEvent } from '../../event/event.ts';

/**
 * The windowed operators a detector composes. All state of a detector lives in them, so that it is bounded, snapshotted, restored and measured.
 * Every operator: O(1) a call whatever its window holds; `keys_max` keys, least recently used out first (counted); event time only;
 * an event older than a key's window changes nothing and is counted as late.
 * Values kept (T) are plain data: texts, numbers, booleans, arrays and plain objects of them.
 */
export interface Windows {
  slidingCount(options: OperatorOptions & { window_ms: number; buckets?: number }): SlidingCount;
  distinctCount(options: OperatorOptions & { window_ms: number; entries_max?: number }): DistinctCount;
  orderedSequence(options: OperatorOptions & { steps: number; window_ms: number; gap_ms: number }): OrderedSequence;
  firstSeen(options: OperatorOptions & { entries_max?: number }): FirstSeen;
  absence<T>(options: OperatorOptions & { within_ms: number }): Absence<T>;
  recent<T>(options: OperatorOptions & { entries_max: number }): Recent<T>;
  cell<T>(options: OperatorOptions): Cell<T>;
  /** Lets the first hit of a key through and holds back the next ones for `window_ms` of event time. */
  suppress(options: OperatorOptions & { window_ms: number }): Suppress;
  /**
   * Whether a detector of the same key has fired on this session (where it has no name: on this agent) within `under_alert_ms`.
   * Who learns from behaviour does not learn from that. Says all of an event only to a detector that is `after_others`.
   */
  underAlert(session: SessionOf): boolean;
}

/** The session that an event belongs to, at its time. */
export type SessionOf = Pick<AgentEvent, 'tenant' | 'agent_id' | 'session' | 'time'>;

export interface OperatorOptions {
  /** Unique within the detector; part of the snapshot. */
  name: string;
  /** Keys held at most; the detector's configured limit. */
  keys_max?: number;
}

export interface SlidingCount {
  /** Adds `n` at `time` and returns the sum of the window that ends at the key's newest time. */
  add(key: string, time: number, n?: number): number;
  get(key: string, time: number): number;
  reset(key: string): void;
}

export interface DistinctCount {
  /** Adds a value and returns how many distinct values the window holds (at most `entries_max`). */
  add(key: string, time: number, value: string): number;
  /** Values of the window, oldest first. Costs what it returns: for evidence, after the threshold was crossed. */
  values(key: string, time: number): string[];
}

export interface SequenceStep {
  time: number;
  note: string;
}

export interface OrderedSequence {
  /**
   * Offers step `step` (0-based) with a note (an event id). A step counts when the one before it was seen at most `gap_ms` earlier
   * and the first at most `window_ms` earlier. Returns the whole chain when the last step completes it, else undefined.
   */
  advance(key: string, time: number, step: number, note: string): SequenceStep[] | undefined;
  reset(key: string): void;
}

export interface FirstSeen {
  /** True the first time this key shows this value (until the entry is evicted). */
  add(key: string, time: number, value: string): boolean;
  has(key: string, value: string): boolean;
  /** How many distinct values the key has shown, and since when. */
  size(key: string): number;
  since(key: string): number | undefined;
}

export interface Absence<T> {
  /** Expects something within `within_ms` of `time`. */
  open(key: string, time: number, value: T): void;
  /** It came. True when something was expected. */
  cancel(key: string): boolean;
  /** What did not come in time, in order of deadline. Emits on later events and on ticks. */
  readonly expired: Observable<{ key: string; time: number; value: T }>;
}

export interface Recent<T> {
  /** Newest last; at most `entries_max`. The array is the operator's own: read it, do not keep or change it. */
  push(key: string, time: number, value: T): readonly T[];
  get(key: string): readonly T[];
  reset(key: string): void;
}

export interface Cell<T> {
  /** Keys that have a value. Most cells of rare things are empty: then no key needs to be joined to look into them. */
  readonly size: number;
  get(key: string): T | undefined;
  /** Stores a value (a changed object must be set again, or the snapshot misses it). */
  set(key: string, time: number, value: T): void;
  delete(key: string): void;
}

export interface Suppress {
  /** True for the first hit; later hits within the window are counted. */
  pass(key: string, time: number): boolean;
  /** Hits held back since the last one that passed. */
  held(key: string): number;
}
