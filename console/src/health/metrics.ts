export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** The samples of a page in the text format of Prometheus, by metric. */
export function parseMetrics(text: string): Map<string, Sample[]> {
  const metrics = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (found === null) continue;
    const [, name = '', labels = '', value = ''] = found;
    const sample = { labels: parseLabels(labels), value: Number(value) };
    metrics.set(name, [...(metrics.get(name) ?? []), sample]);
  }
  return metrics;
}

const ESCAPED: Record<string, string> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
    labels[name] = value.replace(/\\./g, (pair) => ESCAPED[pair] ?? pair);
  return labels;
}

export function total(samples: readonly Sample[] | undefined): number {
  return (samples ?? []).reduce((sum, { value }) => sum + value, 0);
}

/** An upper bound of a quantile of a histogram over all of its labels, as its buckets have it; undefined without samples. */
export function bucketQuantile(buckets: readonly Sample[] | undefined, q: number): number | undefined {
  const counts = new Map<number, number>();
  for (const { labels, value } of buckets ?? []) {
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const all = sorted.at(-1)?.[1] ?? 0;
  return all === 0 ? undefined : sorted.find(([, n]) => n >= q * all)?.[0];
}
