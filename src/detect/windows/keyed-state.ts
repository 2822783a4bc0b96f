import assert from 'node:assert';
import { Packr } from 'msgpackr';
import { CHANGE, DIRTY_AT, FLAGS, HALVES, ID, RECORD, SEEN_AT, STORED, TOUCHED, USED_AT } from './state-record.ts';
import { NONE, UseOrder } from './use-order.ts';

/** One entry of a snapshot. `value` undefined removes it. */
export interface StateEntry {
  key: string;
  value: Buffer | undefined;
}

export interface KeyedStateOptions<S> {
  keys_max: number;
  /** How long after its last use a key still matters, in event time. Evicting it before is a loss of judgement. */
  live_ms: number;
  onEvict(live: boolean): void;
  /** A slot as plain data, and back. By default the slot is plain data itself. */
  pack?(slot: S): unknown;
  unpack?(data: never): S;
}

const SAME = 0;
const USED = 1;
const CHANGED = 2;
const GONE = 3;
type Change = typeof SAME | typeof USED | typeof CHANGED | typeof GONE;

const packr = new Packr({ useRecords: false });

const PLACES_MIN = 16;
/**
 * Slots by key, least recently used out first. The order is that of processing, so the same log evicts the same keys.
 * A call costs the same whatever is held; `changes` costs what was used since the last `saved`. What costs time here is memory that is not
 * in a cache: what is known of a key lies in one place, and the order of use is made when somebody asks who is first in it.
 */
export class KeyedState<S> {
  readonly #options: KeyedStateOptions<S>;
  readonly #places = new Map<string, number>();
  readonly #order = new UseOrder();
  #keys: (string | undefined)[] = [];
  #slots: (S | undefined)[] = [];
  #numbers = new Float64Array(RECORD * PLACES_MIN);
  #halves = new Int32Array(this.#numbers.buffer);
  #free: number[] = [];
  /** What was looked for last, and where it is. */
  #lastKey: string | undefined;
  #last = NONE;
  #dirty: number[] = [];
  #uses = 0;
  #seen = Number.NEGATIVE_INFINITY;
  #saved = 0;

  constructor(options: KeyedStateOptions<S>) {
    assert(options.keys_max >= 1, 'keys_max is at least 1');
    this.#options = options;
  }

  get size(): number {
    return this.#places.size;
  }

  /** Reads without using: neither the order of eviction nor the snapshot changes. */
  get(key: string): S | undefined {
    const at = this.#find(key);
    return at === NONE ? undefined : this.#slots[at];
  }

  /** Uses a slot without changing it. */
  use(key: string, time: number): S | undefined {
    return this.#at(key, time, USED);
  }

  /** A slot that is about to be changed. */
  change(key: string, time: number): S | undefined {
    return this.#at(key, time, CHANGED);
  }

  /** Stores a slot. A new key may evict the least recently used one. */
  set(key: string, time: number, slot: S): S {
    let at = this.#find(key);
    if (at === NONE) at = this.#add(key, ++this.#uses);
    this.#slots[at] = slot;
    this.#use(at, time, CHANGED);
    if (this.#places.size > this.#options.keys_max) this.#evict();
    return slot;
  }

  delete(key: string): boolean {
    const at = this.#find(key);
    if (at === NONE) return false;
    this.#remove(at);
    return true;
  }

  /** The least recently used key. */
  oldest(): { key: string; slot: S } | undefined {
    const at = this.#first();
    return at === NONE ? undefined : { key: this.#keys[at]!, slot: this.#slots[at]! };
  }

  /** What a snapshot must write to hold the present state. Call `saved` when it is durable, before anything else changes. */
  *changes(): Generator<StateEntry> {
    const { pack } = this.#options;
    for (const at of this.#dirty) {
      const id = this.#numbers[RECORD * at + ID]!.toString(36);
      const use = [this.#numbers[RECORD * at + USED_AT]!, this.#numbers[RECORD * at + SEEN_AT]!];
      const change = this.#halves[HALVES * at + CHANGE]!;
      if (change === USED) {
        yield { key: `t${id}`, value: packr.pack(use) };
        continue;
      }
      if (change === CHANGED) {
        const slot = this.#slots[at]!;
        yield { key: `s${id}`, value: packr.pack([...use, this.#keys[at], pack ? pack(slot) : slot]) };
      } else yield { key: `s${id}`, value: undefined };
      if (this.#halves[HALVES * at + FLAGS]! & TOUCHED) yield { key: `t${id}`, value: undefined };
    }
    if (this.#uses !== this.#saved) yield { key: 'm', value: packr.pack([this.#uses, this.#seen]) };
  }

  saved(): void {
    for (const at of this.#dirty) {
      const record = HALVES * at;
      const change = this.#halves[record + CHANGE]!;
      if (change === GONE) this.#free.push(at);
      else this.#halves[record + FLAGS] = change === USED ? STORED | TOUCHED : STORED;
      this.#halves[record + CHANGE] = SAME;
    }
    this.#dirty = [];
    this.#saved = this.#uses;
  }

  /** Takes entries of a snapshot in any order, into an empty state. */
  restore(entries: Iterable<readonly [key: string, value: Buffer]>): void {
    assert(this.#places.size === 0 && this.#uses === 0, 'Restored before use');
    const { unpack } = this.#options;
    const places = new Map<string, number>();
    const touches = new Map<string, readonly [used: number, seen: number]>();
    for (const [entry, value] of entries) {
      const data = packr.unpack(value);
      const id = entry.slice(1);
      if (entry === 'm') [this.#uses, this.#seen] = data;
      else if (entry.startsWith('t')) touches.set(id, data);
      else {
        const [used, seen, key, packed] = data;
        const at = this.#add(key, Number.parseInt(id, 36));
        this.#slots[at] = unpack ? unpack(packed as never) : (packed as S);
        this.#stored(at, [used, seen], STORED);
        places.set(id, at);
      }
    }
    for (const [id, use] of touches) {
      const at = places.get(id);
      if (at !== undefined) this.#stored(at, use, STORED | TOUCHED);
    }
    this.#saved = this.#uses;
  }

  #stored(at: number, [used, seen]: readonly [used: number, seen: number], flags: number): void {
    this.#numbers[RECORD * at + USED_AT] = used;
    this.#numbers[RECORD * at + SEEN_AT] = seen;
    this.#halves[HALVES * at + FLAGS] = flags;
  }

  /** Nearly every key is looked for twice in a row: to be read, and to be written. */
  #find(key: string): number {
    if (key === this.#lastKey) return this.#last;
    if (this.#places.size === 0) return NONE;
    this.#lastKey = key;
    this.#last = this.#places.get(key) ?? NONE;
    return this.#last;
  }

  #at(key: string, time: number, change: Change): S | undefined {
    const at = this.#find(key);
    if (at === NONE) return undefined;
    this.#use(at, time, change);
    return this.#slots[at];
  }

  #add(key: string, id: number): number {
    const at = this.#free.pop() ?? this.#keys.length;
    if (RECORD * at === this.#numbers.length) {
      const larger = new Float64Array(2 * this.#numbers.length);
      larger.set(this.#numbers);
      this.#numbers = larger;
      this.#halves = new Int32Array(larger.buffer);
    }
    this.#places.set(key, at);
    this.#lastKey = undefined;
    this.#keys[at] = key;
    this.#numbers[RECORD * at + ID] = id;
    this.#numbers[RECORD * at + SEEN_AT] = Number.NEGATIVE_INFINITY;
    this.#halves[HALVES * at + CHANGE] = SAME;
    this.#halves[HALVES * at + FLAGS] = 0;
    return at;
  }

  #use(at: number, time: number, change: Change): void {
    const record = RECORD * at;
    this.#numbers[record + USED_AT] = ++this.#uses;
    if (time > this.#numbers[record + SEEN_AT]!) this.#numbers[record + SEEN_AT] = time;
    if (time > this.#seen) this.#seen = time;
    this.#mark(at, change);
  }

  #first(): number {
    const used = (at: number) => this.#numbers[RECORD * at + USED_AT]!;
    return this.#order.first(used, this.#uses, this.#places);
  }

  #evict(): void {
    const at = this.#first();
    assert(at !== NONE, 'A full state has an oldest key');
    this.#options.onEvict(this.#seen - this.#numbers[RECORD * at + SEEN_AT]! < this.#options.live_ms);
    this.#remove(at);
  }

  #remove(at: number): void {
    this.#places.delete(this.#keys[at]!);
    this.#lastKey = undefined;
    this.#keys[at] = undefined;
    this.#slots[at] = undefined;
    this.#numbers[RECORD * at + USED_AT] = ++this.#uses;
    // Its place is free once its removal is saved.
    if (this.#halves[HALVES * at + FLAGS]! & STORED) this.#mark(at, GONE);
    else this.#unmark(at);
  }

  #mark(at: number, change: Change): void {
    const before = this.#halves[HALVES * at + CHANGE]!;
    if (change <= before) return;
    if (before === SAME) this.#halves[HALVES * at + DIRTY_AT] = this.#dirty.push(at) - 1;
    this.#halves[HALVES * at + CHANGE] = change;
  }

  /** What was never stored needs no removal: a flood of keys must not pile up here. */
  #unmark(at: number): void {
    const place = this.#halves[HALVES * at + DIRTY_AT]!;
    const last = this.#dirty.pop()!;
    this.#free.push(at);
    if (last === at) return;
    this.#dirty[place] = last;
    this.#halves[HALVES * last + DIRTY_AT] = place;
  }
}
