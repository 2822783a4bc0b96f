import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWindows } from './create-windows.ts';
import type { SequenceStep, Windows } from './windows.ts';

const W = 1_000;
const WIDTH = W / 20;
const KEYS = ['a', 'b', 'c', 'd'] as const;
type Key = (typeof KEYS)[number];

/** Calls at drifting times: mostly forward, some late within the window, some beyond it; `restart` restores from a snapshot first. */
const calls = <T>(arg: fc.Arbitrary<T>) =>
  fc
    .array(
      fc.record({
        key: fc.constantFrom(...KEYS),
        step: fc.oneof(fc.integer({ min: -5, max: 10 }), fc.integer({ min: -30, max: 120 })),
        jump: fc.oneof({ weight: 10, arbitrary: fc.constant(0) }, fc.integer({ min: -2 * W, max: 2 * W })),
        restart: fc.nat(9).map((n) => n === 0),
        save: fc.nat(4).map((n) => n === 0),
        arg,
      }),
      { maxLength: 150 },
    )
    .map((list) => {
      let now = 5_000_000;
      return list.map(({ step, jump, ...call }) => {
        now += step;
        return { ...call, time: now + jump };
      });
    });

/** An operator that is thrown away and restored from what it saved whenever a call says so. */
function restartable<A>(make: (windows: Windows) => A, keys_max = 1_000) {
  const store = new Map<string, Buffer>();
  const late: string[] = [];
  let evicted = 0;
  const open = () => {
    const set = createWindows({
      detector: 'test',
      keys_max_default: keys_max,
      onLate: (operator) => late.push(operator),
      onEvict: () => void evicted++,
    });
    const api = make(set.windows);
    set.restore([...store]);
    return { set, api };
  };
  let current = open();
  const save = () => {
    for (const { key, value } of current.set.changes()) {
      if (value === undefined) store.delete(key);
      else store.set(key, value);
    }
    current.set.saved();
  };
  return {
    late,
    evicted: () => evicted,
    set: () => current.set,
    at({ restart, save: saves }: { restart: boolean; save: boolean }): A {
      if (saves || restart) save();
      if (restart) current = open();
      return current.api;
    },
  };
}

const bucket = (time: number) => Math.floor(time / WIDTH);
const RUNS = { numRuns: 300 };

describe('slidingCount', () => {
  const make = (windows: Windows) => windows.slidingCount({ name: 'op', window_ms: W });

  it('gives the sum of a list that is filtered at each call, in any order of times, through restarts', () => {
    fc.assert(
      fc.property(calls(fc.integer({ min: 1, max: 5 })), (list) => {
        const op = restartable(make);
        const seen = new Map<Key, { time: number; n: number }[]>();
        let late = 0;
        for (const { key, time, arg: n, ...how } of list) {
          const got = op.at(how).add(key, time, n);
          const events = seen.get(key) ?? [];
          seen.set(key, events);
          const head = () => Math.max(...events.map((e) => bucket(e.time)));
          if (events.length > 0 && bucket(time) <= head() - 20) late++;
          else events.push({ time, n });
          const sum = (from: number) => events.reduce((s, e) => s + (e.time > from ? e.n : 0), 0);
          expect(got).toBe(events.reduce((s, e) => s + (bucket(e.time) > head() - 20 ? e.n : 0), 0));
          const newest = Math.max(...events.map((e) => e.time));
          expect(got).toBeLessThanOrEqual(sum(newest - W));
          expect(got).toBeGreaterThanOrEqual(sum(newest - W + WIDTH));
        }
        expect(op.late.length).toBe(late);
      }),
      RUNS,
    );
  });

  it('reads the window that ends at the given time without moving it', () => {
    const op = make(createWindows({ detector: 'test', keys_max_default: 10 }).windows);
    op.add('a', 10_000, 2);
    op.add('a', 10_500, 3);
    expect([
      op.get('a', 0),
      op.get('a', 10_500),
      op.get('a', 11_000),
      op.get('a', 11_499),
      op.get('a', 11_500),
    ]).toEqual([5, 5, 3, 3, 0]);
    expect(op.get('a', 10_500)).toBe(5);
    op.reset('a');
    expect([op.get('a', 10_500), op.add('a', 10_600)]).toEqual([0, 1]);
  });
});

describe('distinctCount', () => {
  it('counts what a list holds, the value seen longest ago giving way, in any order of times, through restarts', () => {
    const values = fc.constantFrom('u', 'v', 'w', 'x', 'y', 'z', '__proto__');
    fc.assert(
      fc.property(calls(values), fc.integer({ min: 1, max: 8 }), (list, entries_max) => {
        const op = restartable((windows) => windows.distinctCount({ name: 'op', window_ms: W, entries_max }));
        const model = new Map<Key, { head: number; entries: { value: string; at: number }[] }>();
        let late = 0;
        for (const { key, time, arg: value, ...how } of list) {
          const api = op.at(how);
          const got = api.add(key, time, value);
          const at = bucket(time);
          const own = model.get(key) ?? { head: at, entries: [] };
          model.set(key, own);
          if (at <= own.head - 20) late++;
          else {
            own.head = Math.max(own.head, at);
            const known = own.entries.find((e) => e.value === value);
            if (known === undefined || known.at < at) {
              own.entries = [...own.entries.filter((e) => e !== known), { value, at }];
            }
            // A stable sort: by bucket, then by when it entered the bucket.
            own.entries = own.entries.filter((e) => e.at > own.head - 20).sort((a, b) => a.at - b.at);
            if (own.entries.length > entries_max) own.entries.shift();
          }
          expect(got).toBe(own.entries.length);
          expect(api.values(key, time)).toEqual(own.entries.map((e) => e.value));
          const ahead = Math.max(own.head, bucket(time + 500));
          expect(api.values(key, time + 500)).toEqual(own.entries.filter((e) => e.at > ahead - 20).map((e) => e.value));
        }
        expect(op.late.length).toBe(late);
      }),
      RUNS,
    );
  });

  it('holds a flood of values at its limit', () => {
    const op = createWindows({ detector: 'test', keys_max_default: 10 }).windows.distinctCount({
      name: 'op',
      window_ms: W,
      entries_max: 100,
    });
    for (let i = 0; i < 50_000; i++) op.add('a', 7, `v${i}`);
    expect(op.values('a', 7)).toEqual(Array.from({ length: 100 }, (_, i) => `v${49_900 + i}`));
  });
});

describe('orderedSequence', () => {
  const STEPS = 3;
  const GAP = 300;
  const make = (windows: Windows) =>
    windows.orderedSequence({ name: 'op', steps: STEPS, window_ms: W / 2, gap_ms: GAP });
  const holds = (chain: readonly SequenceStep[]) =>
    chain.every((step, i) => i === 0 || (step.time >= chain[i - 1]!.time && step.time - chain[i - 1]!.time <= GAP)) &&
    chain.at(-1)!.time - chain[0]!.time <= W / 2;

  it('completes exactly when some chain among all earlier steps does, when times do not go back', () => {
    fc.assert(
      fc.property(calls(fc.nat(STEPS - 1)), (list) => {
        const op = restartable(make);
        const seen = new Map<Key, { time: number; step: number; note: string }[]>();
        const sorted = [...list].sort((a, b) => a.time - b.time);
        sorted.forEach(({ key, time, arg: step, ...how }, i) => {
          const note = `n${i}`;
          const got = op.at(how).advance(key, time, step, note);
          const before = seen.get(key) ?? [];
          const last = { time, note };
          // A middle step counts only where a first one led to it.
          const chains = before.flatMap((first, f) =>
            first.step !== 0
              ? []
              : before.slice(f + 1).flatMap((middle) => (middle.step !== 1 ? [] : [[first, middle, last]])),
          );
          const expected = step === STEPS - 1 && chains.some(holds);
          expect(got !== undefined).toBe(expected);
          if (got !== undefined) {
            expect(holds(got)).toBe(true);
            expect(got.map((s) => s.note)).toContain(note);
            const steps = got.slice(0, -1).map((s) => before.find((b) => b.note === s.note)?.step);
            expect(steps).toEqual([0, 1]);
          }
          seen.set(key, [...before, { time, step, note }]);
        });
      }),
      RUNS,
    );
  });

  it('never joins steps against their order, gap or window, in any order of times, and restarts change nothing', () => {
    fc.assert(
      fc.property(calls(fc.nat(STEPS - 1)), (list) => {
        const restarted = restartable(make);
        const whole = restartable(make);
        list.forEach(({ key, time, arg: step, ...how }, i) => {
          const got = restarted.at(how).advance(key, time, step, `n${i}`);
          expect(got).toEqual(whole.at({ restart: false, save: false }).advance(key, time, step, `n${i}`));
          if (got !== undefined) expect(holds(got)).toBe(true);
        });
        expect(restarted.late).toEqual(whole.late);
      }),
      RUNS,
    );
  });

  it('keeps the later of two first steps, whichever arrives first', () => {
    for (const firsts of [
      [0, 100],
      [100, 0],
    ]) {
      const op = make(createWindows({ detector: 'test', keys_max_default: 10 }).windows);
      for (const time of firsts) op.advance('a', time, 0, String(time));
      op.advance('a', 400, 1, '400');
      expect(op.advance('a', 600, 2, '600')?.map((s) => s.time)).toEqual([100, 400, 600]);
    }
  });

  it('allows a gap and a window exactly at their limits and not a ms more', () => {
    const run = (...times: number[]) => {
      const op = make(createWindows({ detector: 'test', keys_max_default: 10 }).windows);
      return times.map((time, step) => op.advance('a', time, step, String(time)))[2]?.map((s) => s.time);
    };
    expect(run(0, 300, 500)).toEqual([0, 300, 500]);
    expect(run(0, 301, 500)).toBeUndefined();
    expect(run(0, 250, 501)).toBeUndefined();
  });
});

describe('firstSeen', () => {
  it('knows the last values that were new, through restarts', () => {
    const values = fc.constantFrom('u', 'v', 'w', 'x', 'y', '__proto__');
    fc.assert(
      fc.property(calls(values), fc.integer({ min: 1, max: 5 }), (list, entries_max) => {
        const op = restartable((windows) => windows.firstSeen({ name: 'op', entries_max }));
        const model = new Map<Key, { since: number; values: string[] }>();
        for (const { key, time, arg: value, ...how } of list) {
          const api = op.at(how);
          const own = model.get(key) ?? { since: time, values: [] };
          model.set(key, own);
          expect(api.has(key, value)).toBe(own.values.includes(value));
          expect(api.add(key, time, value)).toBe(!own.values.includes(value));
          own.since = Math.min(own.since, time);
          if (!own.values.includes(value)) own.values = [...own.values, value].slice(-entries_max);
          expect([api.size(key), api.since(key)]).toEqual([own.values.length, own.since]);
        }
      }),
      RUNS,
    );
  });
});

describe('recent, cell and suppress', () => {
  it('recent keeps the last entries in the order of their coming, through restarts', () => {
    fc.assert(
      fc.property(
        // State is written without -0, which nothing reports.
        calls(
          fc.oneof(
            fc.string({ unit: 'grapheme' }),
            fc.double({ noNaN: true }).map((n) => n + 0),
            fc.array(fc.integer()),
          ),
        ),
        (list) => {
          const op = restartable((windows) => windows.recent<unknown>({ name: 'op', entries_max: 4 }));
          const model = new Map<Key, unknown[]>();
          for (const { key, time, arg, ...how } of list) {
            const own = [...(model.get(key) ?? []), arg].slice(-4);
            model.set(key, own);
            expect(op.at(how).push(key, time, arg)).toEqual(own);
          }
        },
      ),
      RUNS,
    );
  });

  it('cell keeps the last value, through restarts', () => {
    fc.assert(
      fc.property(calls(fc.option(fc.record({ n: fc.integer(), texts: fc.array(fc.string()) }))), (list) => {
        const op = restartable((windows) => windows.cell<unknown>({ name: 'op' }));
        const model = new Map<Key, unknown>();
        for (const { key, time, arg, ...how } of list) {
          const api = op.at(how);
          expect(api.get(key)).toEqual(model.get(key));
          if (arg === null) api.delete(key);
          else api.set(key, time, arg);
          if (arg === null) model.delete(key);
          else model.set(key, arg);
        }
      }),
      RUNS,
    );
  });

  it('suppress lets one hit a window through and counts the others, through restarts', () => {
    fc.assert(
      fc.property(calls(fc.constant(0)), (list) => {
        const op = restartable((windows) => windows.suppress({ name: 'op', window_ms: W }));
        const model = new Map<Key, { passed: number; held: number }>();
        let late = 0;
        for (const { key, time, ...how } of list) {
          const api = op.at(how);
          const own = model.get(key);
          const passes = own === undefined || time >= own.passed + W;
          expect(api.pass(key, time)).toBe(passes);
          if (passes) model.set(key, { passed: time, held: 0 });
          else if (time <= own.passed - W) late++;
          else own.held++;
          expect(api.held(key)).toBe(model.get(key)!.held);
        }
        expect(op.late.length).toBe(late);
      }),
      RUNS,
    );
  });
});

describe('every operator', () => {
  it('gives way to new keys in the same order after a restart, and counts it', () => {
    fc.assert(
      fc.property(calls(fc.constantFrom('u', 'v', 'w')), (list) => {
        const make = (windows: Windows) => ({
          count: windows.slidingCount({ name: 'count', window_ms: W }),
          distinct: windows.distinctCount({ name: 'distinct', window_ms: W }),
          first: windows.firstSeen({ name: 'first' }),
          sequence: windows.orderedSequence({ name: 'sequence', steps: 2, window_ms: W, gap_ms: W }),
          recent: windows.recent<string>({ name: 'recent', entries_max: 3 }),
          suppress: windows.suppress({ name: 'suppress', window_ms: W }),
        });
        const restarted = restartable(make, 2);
        const whole = restartable(make, 2);
        for (const { key, time, arg, ...how } of list) {
          const outcomes = [restarted.at(how), whole.at({ restart: false, save: false })].map((o) =>
            structuredClone([
              o.count.add(key, time),
              o.distinct.add(key, time, arg),
              o.first.add(key, time, arg),
              o.sequence.advance(key, time, arg === 'u' ? 0 : 1, arg),
              o.recent.push(key, time, arg),
              o.suppress.pass(key, time),
            ]),
          );
          expect(outcomes[0]).toEqual(outcomes[1]);
          for (const { state } of restarted.set().operators.values()) expect(state.size).toBeLessThanOrEqual(2);
        }
        expect(restarted.evicted()).toBe(whole.evicted());
      }),
      RUNS,
    );
  });

  it('has a name of its own', () => {
    const { windows } = createWindows({ detector: 'test', keys_max_default: 10 });
    windows.cell({ name: 'one' });
    expect(() => windows.recent({ name: 'one', entries_max: 1 })).toThrow('two operators are named one');
    expect(() => windows.cell({ name: 'a/b' })).toThrow('an operator is named like_this');
  });
});
