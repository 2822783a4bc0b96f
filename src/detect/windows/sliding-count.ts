import assert from 'node:assert';
import { BUCKETS, type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { SlidingCount, Windows } from './windows.ts';

interface Slot {
  /** Number of the newest bucket since the epoch. */
  head: number;
  sum: number;
  ring: number[];
}

/**
 * Sums in a ring of buckets. The window is whole buckets, at most `window_ms` long and at least `window_ms` less one bucket:
 * what it returns has all happened within `window_ms`.
 */
export function slidingCount(
  context: OperatorContext,
  options: Parameters<Windows['slidingCount']>[0],
): Operator<SlidingCount> {
  const { name, window_ms, buckets = BUCKETS } = options;
  assert(window_ms > 0 && buckets >= 1, `${name}: a window has a length and buckets`);
  const width = window_ms / buckets;
  const bucketOf = (time: number) => Math.floor(time / width);
  const state = stateOf<Slot>(context, options, { live_ms: window_ms });

  const add = (key: string, time: number, n = 1): number => {
    const at = bucketOf(time);
    const known = state.get(key);
    if (known !== undefined && known.head - at >= buckets) {
      context.onLate(name);
      return known.sum;
    }
    const slot = state.change(key, time) ?? state.set(key, time, newSlot(at, buckets));
    advance(slot, at);
    slot.ring[mod(at, buckets)]! += n;
    slot.sum += n;
    return slot.sum;
  };
  const get = (key: string, time: number): number => {
    const slot = state.get(key);
    if (slot === undefined) return 0;
    let sum = 0;
    const end = Math.max(slot.head, bucketOf(time));
    for (let at = end - buckets + 1; at <= slot.head; at++) sum += slot.ring[mod(at, buckets)]!;
    return sum;
  };
  return { api: { add, get, reset: (key) => void state.delete(key) }, state };
}

function newSlot(head: number, buckets: number): Slot {
  return { head, sum: 0, ring: new Array<number>(buckets).fill(0) };
}

/** Moves the window's end to bucket `at` and drops what falls out. At most one turn of the ring. */
function advance(slot: Slot, at: number): void {
  const { ring } = slot;
  const steps = Math.min(at - slot.head, ring.length);
  for (let i = 1; i <= steps; i++) {
    const place = mod(slot.head + i, ring.length);
    slot.sum -= ring[place]!;
    ring[place] = 0;
  }
  if (at > slot.head) slot.head = at;
}

/** Never below zero. The engine calls a library for the rest of a division of numbers as large as these. */
function mod(value: number, by: number): number {
  return value - Math.floor(value / by) * by;
}
