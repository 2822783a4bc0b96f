import assert from 'node:assert';
import { IDLE_MS, type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { FirstSeen, Windows } from './windows.ts';

const ENTRIES_MAX = 1_000;

interface Slot {
  since: number;
  known: Set<string>;
  /** The values in order of their first sight; `next` is the place that a new one takes when all are taken. */
  ring: string[];
  next: number;
}
type Packed = [since: number, next: number, ring: string[]];

/** Values that a key has shown. Beyond `entries_max` the one first seen longest ago is forgotten. */
export function firstSeen(context: OperatorContext, options: Parameters<Windows['firstSeen']>[0]): Operator<FirstSeen> {
  const { name, entries_max = ENTRIES_MAX } = options;
  assert(entries_max >= 1, `${name}: room for a value`);
  const state = stateOf<Slot>(context, options, { live_ms: IDLE_MS, pack, unpack });

  const add = (key: string, time: number, value: string): boolean => {
    const held = state.get(key);
    if (held?.known.has(value) && time >= held.since) {
      state.use(key, time);
      return false;
    }
    const slot = state.change(key, time) ?? state.set(key, time, newSlot(time));
    if (time < slot.since) slot.since = time;
    return learn(slot, value, entries_max);
  };
  return {
    api: {
      add,
      has: (key, value) => state.get(key)?.known.has(value) ?? false,
      size: (key) => state.get(key)?.known.size ?? 0,
      since: (key) => state.get(key)?.since,
    },
    state,
  };
}

function newSlot(time: number): Slot {
  return { since: time, known: new Set(), ring: [], next: 0 };
}

function learn(slot: Slot, value: string, entries_max: number): boolean {
  if (slot.known.has(value)) return false;
  slot.known.add(value);
  if (slot.ring.length < entries_max) {
    slot.ring.push(value);
    return true;
  }
  slot.known.delete(slot.ring[slot.next]!);
  slot.ring[slot.next] = value;
  slot.next = (slot.next + 1) % entries_max;
  return true;
}

function pack(slot: Slot): Packed {
  return [slot.since, slot.next, slot.ring];
}

function unpack([since, next, ring]: Packed): Slot {
  return { since, next, ring, known: new Set(ring) };
}
