import { expect, it } from 'vitest';
import { wilson } from './wilson.ts';

// Values of Newcombe (1998), method 3, table I.
it.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('%d of %d lies between %d and %d', (hits, of, low, high) => {
  const interval = wilson(hits, of);
  expect(interval[0]).toBeCloseTo(low, 4);
  expect(interval[1]).toBeCloseTo(high, 4);
});

it('says nothing about nothing', () => {
  expect(wilson(0, 0)).toEqual([0, 1]);
});
