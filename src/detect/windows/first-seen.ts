import assert from 'node:assert';
import { FEW_VALUES } from './distinct-values.ts';
import { IDLE_MS, type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { FirstSeen, Windows } from './windows.ts';

const ENTRIES_MAX = 1_000;

interface Slot {
  since: number;
  /** The same once there are more than a few: those are looked through. */
  known: Set<string> | undefined;
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
    if (held !== undefined && time >= held.since && knows(held, value)) {
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
      has: (key, value) => {
        const slot = state.get(key);
        return slot !== undefined && knows(slot, value);
      },
      size: (key) => state.get(key)?.ring.length ?? 0,
      since: (key) => state.get(key)?.since,
    },
    state,
  };
}

function newSlot(time: number): Slot {
  return { since: time, known: undefined, ring: [], next: 0 };
}

function knows({ known, ring }: Slot, value: string): boolean {
  return known === undefined ? ring.includes(value) : known.has(value);
}

function learn(slot: Slot, value: string, entries_max: number): boolean {
  if (knows(slot, value)) return false;
  const { ring, next } = slot;
  // An array that grows by one makes room for sixteen more: most keys never show so many.
  if (ring.length < Math.min(entries_max, FEW_VALUES)) slot.ring = [...ring, value];
  else if (ring.length < entries_max) ring.push(value);
  else {
    slot.known?.delete(ring[next]!);
    ring[next] = value;
    slot.next = (next + 1) % entries_max;
  }
  if (slot.known !== undefined) slot.known.add(value);
  else if (slot.ring.length > FEW_VALUES) slot.known = new Set(slot.ring);
  return true;
}

function pack(slot: Slot): Packed {
  return [slot.since, slot.next, slot.ring];
}

function unpack([since, next, ring]: Packed): Slot {
  return { since, next, ring, known: ring.length > FEW_VALUES ? new Set(ring) : undefined };
}
