import assert from 'node:assert';
import { Packr } from 'msgpackr';

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

interface Node<S> {
  readonly key: string;
  /** Names the entry in snapshots: keys are from outside and may be longer than a log's key. */
  readonly id: number;
  /** Place in the order of use. */
  used: number;
  /** Newest event time of its uses. */
  seen: number;
  slot: S;
  change: Change;
  /** Place in the list of changed nodes while `change` says so. */
  place: number;
  /** In the last snapshot. */
  stored: boolean;
  /** A use without a change was written after the slot. */
  touched: boolean;
  older: Node<S> | undefined;
  newer: Node<S> | undefined;
}

const SAME = 0;
const USED = 1;
const CHANGED = 2;
const GONE = 3;
type Change = typeof SAME | typeof USED | typeof CHANGED | typeof GONE;

const packr = new Packr({ useRecords: false });

/**
 * Slots by key, least recently used out first. The order is that of processing, so the same log evicts the same keys.
 * Everything is O(1) a call; `changes` costs what was used since the last `saved`.
 */
export class KeyedState<S> {
  readonly #options: KeyedStateOptions<S>;
  readonly #nodes = new Map<string, Node<S>>();
  #oldest: Node<S> | undefined;
  #newest: Node<S> | undefined;
  #dirty: Node<S>[] = [];
  #uses = 0;
  #seen = Number.NEGATIVE_INFINITY;
  #saved = 0;

  constructor(options: KeyedStateOptions<S>) {
    assert(options.keys_max >= 1, 'keys_max is at least 1');
    this.#options = options;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Reads without using: neither the order of eviction nor the snapshot changes. */
  get(key: string): S | undefined {
    return this.#nodes.get(key)?.slot;
  }

  /** Uses a slot without changing it. */
  use(key: string, time: number): S | undefined {
    const node = this.#nodes.get(key);
    if (node === undefined) return undefined;
    this.#use(node, time, USED);
    return node.slot;
  }

  /** A slot that is about to be changed. */
  change(key: string, time: number): S | undefined {
    const node = this.#nodes.get(key);
    if (node === undefined) return undefined;
    this.#use(node, time, CHANGED);
    return node.slot;
  }

  /** Stores a slot. A new key may evict the least recently used one. */
  set(key: string, time: number, slot: S): S {
    let node = this.#nodes.get(key);
    if (node === undefined) {
      node = newNode(key, ++this.#uses, slot);
      this.#nodes.set(key, node);
      this.#append(node);
    }
    node.slot = slot;
    this.#use(node, time, CHANGED);
    if (this.#nodes.size > this.#options.keys_max) this.#evict();
    return slot;
  }

  delete(key: string): boolean {
    const node = this.#nodes.get(key);
    if (node === undefined) return false;
    this.#remove(node);
    return true;
  }

  /** The least recently used key. */
  oldest(): { key: string; slot: S } | undefined {
    return this.#oldest;
  }

  /** What a snapshot must write to hold the present state. Call `saved` when it is durable, before anything else changes. */
  *changes(): Generator<StateEntry> {
    const { pack } = this.#options;
    for (const node of this.#dirty) {
      const id = node.id.toString(36);
      if (node.change === USED) {
        yield { key: `t${id}`, value: packr.pack([node.used, node.seen]) };
        continue;
      }
      if (node.change === CHANGED) {
        const data = pack ? pack(node.slot) : node.slot;
        yield { key: `s${id}`, value: packr.pack([node.used, node.seen, node.key, data]) };
      } else yield { key: `s${id}`, value: undefined };
      if (node.touched) yield { key: `t${id}`, value: undefined };
    }
    if (this.#uses !== this.#saved) yield { key: 'm', value: packr.pack([this.#uses, this.#seen]) };
  }

  saved(): void {
    for (const node of this.#dirty) {
      if (node.change === GONE) continue;
      node.touched = node.change === USED;
      node.change = SAME;
      node.stored = true;
    }
    this.#dirty = [];
    this.#saved = this.#uses;
  }

  /** Takes entries of a snapshot in any order, into an empty state. */
  restore(entries: Iterable<readonly [key: string, value: Buffer]>): void {
    assert(this.#nodes.size === 0 && this.#uses === 0, 'Restored before use');
    const { unpack } = this.#options;
    const nodes = new Map<string, Node<S>>();
    const touches = new Map<string, readonly [used: number, seen: number]>();
    for (const [entry, value] of entries) {
      const data = packr.unpack(value);
      const id = entry.slice(1);
      if (entry === 'm') [this.#uses, this.#seen] = data;
      else if (entry.startsWith('t')) touches.set(id, data);
      else {
        const [used, seen, key, packed] = data;
        const slot = unpack ? unpack(packed as never) : (packed as S);
        nodes.set(id, { ...newNode(key, Number.parseInt(id, 36), slot), used, seen });
      }
    }
    for (const [id, [used, seen]] of touches) {
      const node = nodes.get(id);
      if (node !== undefined) Object.assign(node, { used, seen, touched: true });
    }
    for (const node of [...nodes.values()].sort((a, b) => a.used - b.used)) {
      node.stored = true;
      this.#nodes.set(node.key, node);
      this.#append(node);
    }
    this.#saved = this.#uses;
  }

  #use(node: Node<S>, time: number, change: Change): void {
    node.used = ++this.#uses;
    if (time > node.seen) node.seen = time;
    if (time > this.#seen) this.#seen = time;
    this.#mark(node, change);
    if (node === this.#newest) return;
    this.#unlink(node);
    this.#append(node);
  }

  #evict(): void {
    const node = this.#oldest;
    assert(node !== undefined, 'A full state has an oldest key');
    this.#options.onEvict(this.#seen - node.seen < this.#options.live_ms);
    this.#remove(node);
  }

  #remove(node: Node<S>): void {
    this.#nodes.delete(node.key);
    this.#unlink(node);
    this.#uses++;
    if (node.stored) this.#mark(node, GONE);
    else this.#unmark(node);
  }

  #mark(node: Node<S>, change: Change): void {
    if (node.change === SAME) node.place = this.#dirty.push(node) - 1;
    if (change > node.change) node.change = change;
  }

  /** What was never stored needs no removal: a flood of keys must not pile up here. */
  #unmark(node: Node<S>): void {
    const last = this.#dirty.pop()!;
    if (last === node) return;
    this.#dirty[node.place] = last;
    last.place = node.place;
  }

  #append(node: Node<S>): void {
    node.older = this.#newest;
    node.newer = undefined;
    if (this.#newest === undefined) this.#oldest = node;
    else this.#newest.newer = node;
    this.#newest = node;
  }

  #unlink(node: Node<S>): void {
    if (node.older === undefined) this.#oldest = node.newer;
    else node.older.newer = node.newer;
    if (node.newer === undefined) this.#newest = node.older;
    else node.newer.older = node.older;
  }
}

function newNode<S>(key: string, id: number, slot: S): Node<S> {
  return {
    key,
    id,
    used: id,
    seen: Number.NEGATIVE_INFINITY,
    slot,
    change: SAME,
    place: -1,
    stored: false,
    touched: false,
    older: undefined,
    newer: undefined,
  };
}
