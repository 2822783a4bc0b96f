import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { quantile } from './quantile.ts';

function histogram(observations: [label: string, value: number][]) {
  const h = new Histogram({
    name: 'h',
    help: 'h',
    labelNames: ['l'],
    buckets: [10, 20, 40],
    registers: [new Registry()],
  });
  for (const [l, value] of observations) h.observe({ l }, value);
  return h;
}

describe('quantile', () => {
  it('is undefined when nothing was observed', async () => {
    expect(await quantile(histogram([]), 0.5)).toBeUndefined();
  });

  it('interpolates inside the bucket over all labels', async () => {
    // Four observations: two in (0, 10], two in (10, 20]. Rank 3 of 4 is half way through the second bucket.
    const h = histogram([
      ['a', 5],
      ['b', 5],
      ['a', 15],
      ['b', 15],
    ]);
    expect(await quantile(h, 0.75)).toBeCloseTo(15);
    expect(await quantile(h, 0.25)).toBeCloseTo(5);
  });

  it('stops at the highest bound for what lies past it', async () => {
    expect(await quantile(histogram([['a', 1000]]), 0.99)).toBe(40);
  });
});
