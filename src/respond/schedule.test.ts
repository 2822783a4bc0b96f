import { describe, expect, it } from 'vitest';
import { RespondConfig } from './config.ts';
import { waitBefore } from './schedule.ts';

const waits = RespondConfig.parse({});

describe('the wait before an attempt', () => {
  it.each([
    [1, 0],
    [2, 200],
    [3, 1000],
    [4, 5000],
    [5, 15_000],
    [6, 60_000],
    [7, 300_000],
    [8, 600_000],
    [9, 1_200_000],
    [10, 2_400_000],
    [11, 3_600_000],
    [12, 3_600_000],
    [5000, 3_600_000],
  ])('%i is %i ms: seconds at first, then doubling up to an hour', (attempt, expected) => {
    expect(waitBefore(attempt, waits, 0)).toBe(expected);
  });

  it.each([
    [1, 0],
    [2, 200],
    [3, 1100],
    [7, 330_000],
    [11, 3_960_000],
  ])('%i gets half of its jitter of a fifth at 0.5, except for the first two: %i ms', (attempt, expected) => {
    expect(waitBefore(attempt, waits, 0.5)).toBe(expected);
  });

  it('starts with the tail where the front is one attempt', () => {
    const short = { ...waits, retry_front_ms: [50], retry_tail_ms: 70, retry_tail_max_ms: 100 };
    expect([1, 2, 3, 4].map((attempt) => waitBefore(attempt, short, 0))).toEqual([50, 70, 100, 100]);
  });
});
