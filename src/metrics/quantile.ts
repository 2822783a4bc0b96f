import type { Histogram } from 'prom-client';

/**
 * Quantile of a histogram over all its labels, interpolated inside the bucket where it falls, as Prometheus does.
 * Undefined when nothing was observed; the highest bound when it falls past it.
 */
export async function quantile(histogram: Histogram<string>, q: number): Promise<number | undefined> {
  const counts = new Map<number, number>();
  for (const value of (await histogram.get()).values) {
    if (!value.metricName?.endsWith('_bucket')) continue;
    const le = value.labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(value.labels.le);
    counts.set(le, (counts.get(le) ?? 0) + value.value);
  }
  const bounds = [...counts].sort(([a], [b]) => a - b);
  const total = bounds.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const rank = q * total;
  let below = { bound: 0, count: 0 };
  for (const [bound, count] of bounds) {
    if (count >= rank) {
      if (bound === Number.POSITIVE_INFINITY) return below.bound;
      return below.bound + ((bound - below.bound) * (rank - below.count)) / (count - below.count);
    }
    below = { bound, count };
  }
  return below.bound;
}
