import { describe, expect, it } from 'vitest';
import { clock, duration, inputValue, moment, resolveTime, tick } from './format.ts';

const AT = Date.UTC(2026, 10, 27, 8, 5, 9, 40);

describe('times', () => {
  it('say in which zone they are', () => {
    expect(clock(AT, 'utc')).toBe('08:05:09Z');
    expect(clock(AT, 'utc', true)).toBe('08:05:09.040Z');
    expect(clock(AT, 'local')).not.toContain('Z');
    expect(inputValue(AT, 'utc')).toBe('2026-11-27T08:05:09');
  });

  it('name the day when it is another one', () => {
    expect(moment(AT, 'utc', AT + 3_600_000)).toBe('08:05:09Z');
    expect(moment(AT, 'utc', AT + 86_400_000)).toBe('2026-11-27 08:05:09Z');
  });

  it('are as fine on an axis as its step', () => {
    expect(tick(AT, 86_400_000, 'utc')).toBe('11-27');
    expect(tick(AT, 60_000, 'utc')).toBe('08:05');
    expect(tick(AT, 5000, 'utc')).toBe('08:05:09');
    expect(tick(AT, 100, 'utc')).toBe('05:09.040');
  });

  it('have a length in the largest unit that says something', () => {
    expect([0, 42.4, 1260, 12_600, 90_000, 7_200_000, 172_800_000].map(duration)).toEqual([
      '0 ms',
      '42 ms',
      '1.3 s',
      '13 s',
      '1.5 min',
      '2 h',
      '2 d',
    ]);
    expect(duration(Number.NaN)).toBe('–');
  });

  it('can be told from now, and nonsense is none', () => {
    expect(resolveTime('now', AT)).toBe(AT);
    expect(resolveTime('now-24h', AT)).toBe(AT - 86_400_000);
    expect(resolveTime('2026-11-27T08:00:00Z', AT)).toBe(Date.UTC(2026, 10, 27, 8));
    expect(['', 'yesterday', 'now-1y', '5', 'now+1h'].map((text) => resolveTime(text, AT))).toEqual(
      Array(5).fill(undefined),
    );
  });
});
