import type { Fingerprints } from '../event/fingerprint.ts';

export function nameOf(producer: string, event_id: string): string {
  return `${producer}\0${event_id}`;
}

/** Keyed hash of an event's name: two 32-bit halves, written into `out`. */
export function hashInto(fingerprints: Fingerprints, name: string, out: Uint32Array): Uint32Array {
  fingerprints.hash64('event', name, out);
  return out;
}

/**
 * Ids seen lately, as 64-bit hashes in two generations: when the newer is full the older is forgotten.
 * Knows at least the last `entries_max / 2` ids and at most `entries_max`, in 16 bytes an id or less.
 */
export class RecentIds {
  readonly #generation_max: number;
  #newer: HashSet;
  #older: HashSet;
  /** Ids that were forgotten because of the limit. */
  forgotten = 0;

  constructor(entries_max: number) {
    this.#generation_max = Math.max(1, Math.ceil(entries_max / 2));
    this.#newer = new HashSet(this.#generation_max);
    this.#older = new HashSet(this.#generation_max);
  }

  /** `hash` has two 32-bit halves. */
  has(hash: Uint32Array): boolean {
    return this.#newer.has(hash[0]!, hash[1]!) || this.#older.has(hash[0]!, hash[1]!);
  }

  add(hash: Uint32Array): void {
    if (this.#newer.size >= this.#generation_max) {
      const freed = this.#older;
      this.forgotten += freed.size;
      this.#older = this.#newer;
      this.#newer = freed;
      freed.clear();
    }
    this.#newer.add(hash[0]!, hash[1]!);
  }
}

/** Open addressing over pairs of 32-bit numbers; never more than two thirds full. */
class HashSet {
  size = 0;
  readonly #mask: number;
  readonly #slots: Uint32Array;

  constructor(entries_max: number) {
    let slots = 16;
    while (slots * 2 < entries_max * 3) slots *= 2;
    this.#mask = slots - 1;
    this.#slots = new Uint32Array(2 * slots);
  }

  has(high: number, low: number): boolean {
    const at = this.#find(high, low);
    return this.#slots[at] !== 0 || this.#slots[at + 1] !== 0;
  }

  add(high: number, low: number): void {
    const at = this.#find(high, low);
    if (this.#slots[at] === 0 && this.#slots[at + 1] === 0) this.size += 1;
    this.#slots[at] = high;
    this.#slots[at + 1] = low || 1;
  }

  clear(): void {
    this.#slots.fill(0);
    this.size = 0;
  }

  /** Where the pair is, or the empty slot where it would go. Two zeros mean empty, so a low half of zero counts as one. */
  #find(high: number, low: number): number {
    const second = low || 1;
    let slot = (high ^ Math.imul(second, 0x9e3779b1)) & this.#mask;
    for (;;) {
      const at = 2 * slot;
      const a = this.#slots[at];
      const b = this.#slots[at + 1];
      if ((a === 0 && b === 0) || (a === high && b === second)) return at;
      slot = (slot + 1) & this.#mask;
    }
  }
}
