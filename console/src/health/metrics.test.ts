import { describe, expect, it } from 'vitest';
import { bucketQuantile, parseMetrics, total } from './metrics.ts';

const PAGE = `# HELP tripline_events_late_total Events too late
# TYPE tripline_events_late_total counter
tripline_events_late_total{detector="token-replay"} 3
tripline_events_late_total{detector="a \\"b\\" \\\\ c"} 4
tripline_log_bytes 1.5e6
tripline_order_ms_bucket{le="10",receiver="x"} 1
tripline_order_ms_bucket{le="100",receiver="x"} 8
tripline_order_ms_bucket{le="+Inf",receiver="x"} 10
tripline_order_ms_bucket{le="10",receiver="y"} 0
tripline_order_ms_bucket{le="100",receiver="y"} 0
tripline_order_ms_bucket{le="+Inf",receiver="y"} 0
`;

describe('the metrics page', () => {
  it('gives each sample with its labels', () => {
    const metrics = parseMetrics(PAGE);
    expect(metrics.get('tripline_events_late_total')).toEqual([
      { labels: { detector: 'token-replay' }, value: 3 },
      { labels: { detector: 'a "b" \\ c' }, value: 4 },
    ]);
    expect(total(metrics.get('tripline_events_late_total'))).toBe(7);
    expect(total(metrics.get('tripline_log_bytes'))).toBe(1_500_000);
    expect(total(metrics.get('nothing'))).toBe(0);
  });

  it('gives the bucket in which a quantile lies', () => {
    const buckets = parseMetrics(PAGE).get('tripline_order_ms_bucket');
    expect([0.1, 0.5, 0.8, 0.95].map((q) => bucketQuantile(buckets, q))).toEqual([
      10,
      100,
      100,
      Number.POSITIVE_INFINITY,
    ]);
    expect(bucketQuantile([], 0.5)).toBeUndefined();
  });
});
