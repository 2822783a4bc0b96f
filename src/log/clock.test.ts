import { afterEach, expect, it, vi } from 'vitest';
import { forwardClock, wallClock } from './clock.ts';

afterEach(() => vi.restoreAllMocks());

it('follows the wall clock when it is set or the machine has slept', () => {
  const now = wallClock();
  const start = now();
  vi.spyOn(Date, 'now').mockImplementation(() => start + 3_600_000);
  expect(now() - start).toBe(3_600_000);
  vi.spyOn(Date, 'now').mockImplementation(() => start - 7_000);
  expect(now() - start).toBe(-7_000);
});

it('stands still while its source is behind', () => {
  const times = [10, 9.5, 8, 10.25];
  const now = forwardClock(() => times.shift()!, 9.75);
  expect([now(), now(), now(), now()]).toEqual([10, 10, 10, 10.25]);
  expect(forwardClock(() => 5, 9.75)()).toBe(9.75);
});
