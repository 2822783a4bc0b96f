import assert from 'node:assert';
import { BUCKETS, type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { DistinctCount, Windows } from './windows.ts';

const ENTRIES_MAX = 1_000;

interface Bucket {
  values: Set<string>;
  /** Stands at the oldest value: a new iterator would pass every place that a removed value left. */
  oldest: SetIterator<string>;
}

interface Slot {
  head: number;
  /** Value to the number of the bucket in which it was seen last. */
  seen: Map<string, number>;
  buckets: Map<number, Bucket>;
}
type Packed = [head: number, buckets: [at: number, values: string[]][]];

/** Distinct values of a window of whole buckets (as in slidingCount). Beyond `entries_max` the value seen longest ago gives way. */
export function distinctCount(
  context: OperatorContext,
  options: Parameters<Windows['distinctCount']>[0],
): Operator<DistinctCount> {
  const { name, window_ms, entries_max = ENTRIES_MAX } = options;
  assert(window_ms > 0 && entries_max >= 1, `${name}: a window has a length and room for a value`);
  const width = window_ms / BUCKETS;
  const bucketOf = (time: number) => Math.floor(time / width);
  const state = stateOf<Slot>(context, options, { live_ms: window_ms, pack, unpack });

  const add = (key: string, time: number, value: string): number => {
    const at = bucketOf(time);
    const known = state.get(key);
    if (known !== undefined && known.head - at >= BUCKETS) {
      context.onLate(name);
      return known.seen.size;
    }
    const slot = state.change(key, time) ?? state.set(key, time, newSlot(at));
    advance(slot, at);
    see(slot, at, value);
    if (slot.seen.size > entries_max) dropOldest(slot);
    return slot.seen.size;
  };
  const values = (key: string, time: number): string[] => {
    const slot = state.get(key);
    if (slot === undefined) return [];
    const from = Math.max(slot.head, bucketOf(time)) - BUCKETS + 1;
    return ordered(slot).flatMap(([at, bucket]) => (at < from ? [] : [...bucket.values]));
  };
  return { api: { add, values }, state };
}

function newSlot(head: number): Slot {
  return { head, seen: new Map(), buckets: new Map() };
}

function see(slot: Slot, at: number, value: string): void {
  const before = slot.seen.get(value);
  if (before !== undefined && before >= at) return;
  if (before !== undefined) remove(slot, before, value);
  let bucket = slot.buckets.get(at);
  if (bucket === undefined) {
    const values = new Set<string>();
    bucket = { values, oldest: values.values() };
    slot.buckets.set(at, bucket);
  }
  bucket.values.add(value);
  slot.seen.set(value, at);
}

function remove(slot: Slot, at: number, value: string): void {
  const bucket = slot.buckets.get(at);
  bucket?.values.delete(value);
  if (bucket?.values.size === 0) slot.buckets.delete(at);
}

function advance(slot: Slot, at: number): void {
  if (at <= slot.head) return;
  slot.head = at;
  for (const [number, bucket] of slot.buckets) {
    if (at - number < BUCKETS) continue;
    for (const value of bucket.values) slot.seen.delete(value);
    slot.buckets.delete(number);
  }
}

function dropOldest(slot: Slot): void {
  const at = Math.min(...slot.buckets.keys());
  const value = slot.buckets.get(at)!.oldest.next().value!;
  remove(slot, at, value);
  slot.seen.delete(value);
}

function ordered(slot: Slot): [number, Bucket][] {
  return [...slot.buckets].sort(([a], [b]) => a - b);
}

function pack(slot: Slot): Packed {
  return [slot.head, ordered(slot).map(([at, bucket]) => [at, [...bucket.values]])];
}

function unpack([head, buckets]: Packed): Slot {
  const slot = newSlot(head);
  for (const [at, values] of buckets) for (const value of values) see(slot, at, value);
  return slot;
}
