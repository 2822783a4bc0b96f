import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWindows } from './create-windows.ts';

const WITHIN = 100;

function open() {
  const set = createWindows({ detector: 'test', keys_max_default: 100 });
  const expired: string[] = [];
  const absence = set.windows.absence<number>({ name: 'op', within_ms: WITHIN });
  absence.expired.subscribe(({ key, time, value }) => expired.push(`${key} ${time} ${value}`));
  return { set, absence, expired };
}

describe('absence', () => {
  it('expires on a tick of the log clock when nothing comes, exactly at the deadline, in the order of opening', () => {
    const { set, absence, expired } = open();
    set.tick(1_000);
    absence.open('b', 900, 1);
    set.tick(1_050);
    absence.open('a', 800, 2);
    set.tick(1_099);
    expect(expired).toEqual([]);
    set.tick(1_100);
    expect(expired).toEqual(['b 900 1']);
    set.tick(5_000);
    expect(expired).toEqual(['b 900 1', 'a 800 2']);
  });

  it('is cancelled by an event up to its deadline, and expired by a later one even though the log has not waited', () => {
    const { set, absence, expired } = open();
    set.tick(1_000);
    absence.open('a', 500, 1);
    absence.open('b', 500, 2);
    set.at(600);
    expect(absence.cancel('a')).toBe(true);
    expect(absence.cancel('a')).toBe(false);
    set.at(601);
    expect(absence.cancel('b')).toBe(false);
    expect(expired).toEqual(['b 500 2']);
    expect(absence.cancel('nobody')).toBe(false);
  });

  it('expires what was expected when it is opened again past its deadline, and is put off when before', () => {
    const { set, absence, expired } = open();
    set.tick(1_000);
    absence.open('a', 500, 1);
    absence.open('a', 600, 2);
    expect(expired).toEqual([]);
    absence.open('a', 701, 3);
    expect(expired).toEqual(['a 600 2']);
  });

  it('does not care when time is noticed: an expectation opened while another expires counts from that deadline', () => {
    const run = (...ticks: number[]) => {
      const { set, absence, expired } = open();
      absence.expired.subscribe(({ key, time, value }) => {
        if (value < 3) absence.open(key, time + WITHIN, value + 1);
      });
      set.tick(0);
      absence.open('a', 0, 1);
      for (const now of ticks) set.tick(now);
      return expired;
    };
    expect(run(100, 200, 300)).toEqual(['a 0 1', 'a 100 2', 'a 200 3']);
    expect(run(300)).toEqual(run(100, 200, 300));
    expect(run(299)).toEqual(['a 0 1', 'a 100 2']);
  });

  it('agrees with a list that is searched at each step, through restarts', () => {
    const step = fc.record({
      op: fc.constantFrom('open', 'open', 'cancel', 'tick', 'restart'),
      key: fc.constantFrom('a', 'b', 'c'),
      log: fc.nat(40),
      time: fc.integer({ min: -50, max: 150 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const store = new Map<string, Buffer>();
        let current = open();
        const expired: string[] = [];
        let list: { key: string; time: number; opened: number; value: number }[] = [];
        const expected: string[] = [];
        const expire = (which: (e: (typeof list)[number]) => boolean) => {
          for (const e of list.filter(which)) expected.push(`${e.key} ${e.time} ${e.value}`);
          list = list.filter((e) => !which(e));
        };
        let now = 10_000;
        steps.forEach(({ op, key, log, time: offset }, value) => {
          now += log;
          const time = now + offset;
          current.set.tick(now);
          expire((e) => e.opened + WITHIN <= now);
          current.set.at(time);
          if (op === 'open') {
            current.absence.open(key, time, value);
            expire((e) => e.key === key && time > e.time + WITHIN);
            list = [...list.filter((e) => e.key !== key), { key, time, opened: now, value }];
          } else if (op === 'cancel') {
            const known = list.some((e) => e.key === key && time <= e.time + WITHIN);
            expect(current.absence.cancel(key)).toBe(known);
            expire((e) => e.key === key && time > e.time + WITHIN);
            list = list.filter((e) => e.key !== key);
          } else if (op === 'restart') {
            for (const { key: entry, value: bytes } of current.set.changes()) {
              if (bytes === undefined) store.delete(entry);
              else store.set(entry, bytes);
            }
            expired.push(...current.expired);
            current = open();
            current.set.restore([...store]);
          }
        });
        expect([...expired, ...current.expired]).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});
