import { expect, it } from 'vitest';
import { duration } from './words.ts';

it.each([
  [-5, '0 ms'],
  [0, '0 ms'],
  [999, '999 ms'],
  [1000, '1 s'],
  [2540, '2.5 s'],
  [119_900, '119.9 s'],
  [720_000, '12 min'],
  [10_800_000, '3 h'],
])('%d ms is said as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
