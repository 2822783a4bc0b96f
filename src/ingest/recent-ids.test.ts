import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentIds } from './recent-ids.ts';

const pair = (high: number, low: number) => Uint32Array.of(high, low);

describe('recent ids', () => {
  it('know exactly what a set knows while nothing is forgotten', () => {
    const half = fc.oneof(fc.constantFrom(0, 1, 2, 0xffffffff), fc.nat({ max: 0xffffffff }));
    fc.assert(
      fc.property(fc.array(fc.tuple(half, half), { maxLength: 200 }), (ids) => {
        const recent = new RecentIds(1000);
        const known = new Set<string>();
        for (const [high, low] of ids) {
          // Zero counts as one in the low half: a slot of two zeros is empty.
          const name = `${high} ${low || 1}`;
          expect(recent.has(pair(high, low))).toBe(known.has(name));
          recent.add(pair(high, low));
          known.add(name);
        }
        expect(recent.forgotten).toBe(0);
      }),
    );
  });

  it('forget the oldest beyond the limit, never the newest half of it, and count them', () => {
    const recent = new RecentIds(100);
    for (let i = 1; i <= 1000; i++) recent.add(pair(i, i));
    for (let i = 951; i <= 1000; i++) expect(recent.has(pair(i, i))).toBe(true);
    for (let i = 1; i <= 900; i++) expect(recent.has(pair(i, i))).toBe(false);
    expect(recent.forgotten).toBe(900);
  });

  it('are not slowed by ids that fall into one place', () => {
    const recent = new RecentIds(20_000);
    for (let i = 1; i <= 10_000; i++) recent.add(pair(0, i));
    expect(recent.has(pair(0, 10_000))).toBe(true);
    expect(recent.has(pair(0, 10_001))).toBe(false);
  });
});
