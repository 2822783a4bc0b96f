import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedState } from './keyed-state.ts';

interface Slot {
  n: number;
}
type Op = { op: 'set' | 'use' | 'change' | 'delete' | 'save' | 'restart'; key: string; time: number };

const LIVE_MS = 50;
const ops = fc.array(
  fc.record({
    op: fc.constantFrom<Op['op']>('set', 'set', 'set', 'use', 'change', 'delete', 'save', 'restart'),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__', ''),
    time: fc.nat(200),
  }),
  { maxLength: 120 },
);

/** The same rules over an array, written the slow way. */
function naive(keys_max: number) {
  let entries: { key: string; n: number; seen: number }[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  const evicted: boolean[] = [];
  const toEnd = (key: string, time: number) => {
    const entry = entries.find((e) => e.key === key);
    if (entry === undefined) return undefined;
    entries = [...entries.filter((e) => e !== entry), entry];
    entry.seen = Math.max(entry.seen, time);
    newest = Math.max(newest, time);
    return entry;
  };
  return {
    evicted,
    entries: () => entries.map(({ key, n }) => [key, n]),
    apply({ op, key, time }: Op, n: number) {
      if (op === 'set') {
        if (!entries.some((e) => e.key === key)) entries.push({ key, n, seen: time });
        toEnd(key, time)!.n = n;
        if (entries.length > keys_max) evicted.push(newest - entries.shift()!.seen < LIVE_MS);
      } else if (op === 'delete') entries = entries.filter((e) => e.key !== key);
      else if (op === 'use' || op === 'change') {
        const entry = toEnd(key, time);
        if (entry !== undefined && op === 'change') entry.n = n;
      }
    },
  };
}

/** Keys from least to most recently used: by emptying a copy. */
function contents(state: KeyedState<Slot>): [string, number][] {
  const copy = new KeyedState<Slot>({ keys_max: 100, live_ms: LIVE_MS, onEvict: () => {} });
  copy.restore(stored(state));
  const found: [string, number][] = [];
  for (let first = copy.oldest(); first !== undefined; first = copy.oldest()) {
    found.push([first.key, first.slot.n]);
    copy.delete(first.key);
  }
  return found;
}

const stores = new WeakMap<object, Map<string, Buffer>>();
function stored(state: KeyedState<Slot>): Map<string, Buffer> {
  const store = stores.get(state) ?? new Map<string, Buffer>();
  stores.set(state, store);
  for (const { key, value } of state.changes()) {
    if (value === undefined) store.delete(key);
    else store.set(key, value);
  }
  state.saved();
  return store;
}

describe('KeyedState', () => {
  it('keeps, orders and evicts like a list, also when it is saved and restored at any point', () => {
    fc.assert(
      fc.property(ops, fc.integer({ min: 1, max: 5 }), (list, keys_max) => {
        const model = naive(keys_max);
        const evicted: boolean[] = [];
        const open = () => new KeyedState<Slot>({ keys_max, live_ms: LIVE_MS, onEvict: (live) => evicted.push(live) });
        let state = open();
        list.forEach((op, n) => {
          model.apply(op, n);
          if (op.op === 'set') state.set(op.key, op.time, { n });
          else if (op.op === 'use') state.use(op.key, op.time);
          else if (op.op === 'delete') state.delete(op.key);
          else if (op.op === 'change') Object.assign(state.change(op.key, op.time) ?? {}, { n });
          else {
            const store = stored(state);
            if (op.op === 'save') return;
            state = open();
            state.restore(store);
            stores.set(state, store);
          }
        });
        expect(contents(state)).toEqual(model.entries());
        expect(evicted).toEqual(model.evicted);
        expect(state.size).toBe(model.entries().length);
      }),
      { numRuns: 500 },
    );
  });

  it('writes only what changed, and names keys that are too long for a log by a number', () => {
    const state = new KeyedState<Slot>({ keys_max: 10, live_ms: 1, onEvict: () => {} });
    state.set('a'.repeat(5_000), 1, { n: 1 });
    state.set('b', 2, { n: 2 });
    expect(Array.from(state.changes(), ({ key }) => key)).toEqual(['s1', 's3', 'm']);
    state.saved();
    expect([...state.changes()]).toEqual([]);
    state.change('b', 3)!.n = 3;
    expect(Array.from(state.changes(), ({ key }) => key)).toEqual(['s3', 'm']);
  });

  it('remembers the last use whether or not the slot changed with it', () => {
    const store = new Map<string, Buffer>();
    let state = new KeyedState<number>({ keys_max: 10, live_ms: 1, onEvict: () => {} });
    const save = () => {
      for (const { key, value } of state.changes()) value === undefined ? store.delete(key) : store.set(key, value);
      state.saved();
    };
    const restart = () => {
      state = new KeyedState<number>({ keys_max: 10, live_ms: 1, onEvict: () => {} });
      state.restore(store);
    };
    for (const key of ['a', 'b', 'c']) state.set(key, 1, 0);
    save();
    state.use('a', 2);
    save();
    restart();
    expect(state.oldest()?.key).toBe('b');
    state.use('b', 3);
    state.use('c', 3);
    state.set('a', 4, 1);
    save();
    restart();
    expect(state.oldest()?.key).toBe('b');
    expect([...store.keys()].filter((key) => key === 't1')).toEqual([]);
    for (const key of ['a', 'b', 'c']) state.delete(key);
    save();
    expect([...store.keys()]).toEqual(['m']);
  });

  it('does not write an entry again that was used and not changed, and forgets one that came and went', () => {
    const state = new KeyedState<string>({ keys_max: 10, live_ms: 1, onEvict: () => {} });
    state.set('long', 1, 'x'.repeat(10_000));
    state.saved();
    state.use('long', 2);
    state.set('short', 3, 'y');
    state.delete('short');
    const changes = [...state.changes()];
    expect(changes.map(({ key }) => key)).toEqual(['t1', 'm']);
    expect(changes.reduce((bytes, { value }) => bytes + value!.length, 0)).toBeLessThan(50);
  });

  it('keeps 200,000 distinct keys under its limit and counts every one that gave way', () => {
    let live = 0;
    let idle = 0;
    const state = new KeyedState<Slot>({ keys_max: 1_000, live_ms: 5_000, onEvict: (l) => void (l ? live++ : idle++) });
    // One key a ms: each is evicted 1,000 ms after its use, well within the 5,000 in which it matters.
    for (let i = 0; i < 100_000; i++) state.set(`agent-${i}`, i, { n: i });
    expect([state.size, live, idle]).toEqual([1_000, 99_000, 0]);
    // What came and went between two snapshots leaves nothing behind.
    expect([...state.changes()]).toHaveLength(1_001);
    // One key every 10 ms: evicted 10,000 ms after its use.
    for (let i = 0; i < 100_000; i++) state.set(`later-${i}`, 100_000 + i * 10, { n: i });
    expect(state.size).toBe(1_000);
    expect(live + idle).toBe(199_000);
    expect(idle).toBeGreaterThan(98_000);
  });
});
