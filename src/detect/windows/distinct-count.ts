import assert from 'node:assert';
import { FEW_VALUES, FewValues, ManyValues, type Values } from './distinct-values.ts';
import { BUCKETS, type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { DistinctCount, Windows } from './windows.ts';

const ENTRIES_MAX = 1_000;

interface Slot {
  head: number;
  values: Values;
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
      return known.values.size;
    }
    const slot = state.change(key, time) ?? state.set(key, time, { head: at, values: new FewValues() });
    if (at > slot.head) {
      slot.head = at;
      slot.values.expire(at);
    }
    slot.values.see(at, value);
    if (slot.values.size > entries_max) slot.values.dropOldest();
    if (slot.values.size > FEW_VALUES && slot.values instanceof FewValues) slot.values = many(slot.values.byBucket());
    return slot.values.size;
  };
  const values = (key: string, time: number): string[] => {
    const slot = state.get(key);
    if (slot === undefined) return [];
    const from = Math.max(slot.head, bucketOf(time)) - BUCKETS + 1;
    return slot.values.byBucket().flatMap(([at, found]) => (at < from ? [] : found));
  };
  return { api: { add, values }, state };
}

function pack({ head, values }: Slot): Packed {
  return [head, values.byBucket()];
}

function unpack([head, buckets]: Packed): Slot {
  const size = buckets.reduce((sum, [, values]) => sum + values.length, 0);
  return { head, values: size > FEW_VALUES ? many(buckets) : filled(new FewValues(), buckets) };
}

function many(buckets: Packed[1]): Values {
  return filled(new ManyValues(), buckets);
}

function filled(values: Values, buckets: Packed[1]): Values {
  for (const [at, found] of buckets) for (const value of found) values.see(at, value);
  return values;
}
