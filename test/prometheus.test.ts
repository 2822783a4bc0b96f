import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ARCHIVE_GROUP } from '../src/archive/index.ts';
import { SELF_META } from '../src/detect/self-meta.ts';
import { createMetrics } from '../src/metrics/metrics.ts';
import { STATES } from '../src/order/order.ts';
import { RESPOND_GROUP } from '../src/respond/engine.ts';

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}
const file = join(resolve(import.meta.dirname, '..'), 'dashboards/prometheus-rules.yml');
const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

interface Selector {
  metric: string;
  labels: { name: string; value: string }[];
}

/** What an expression asks for; undefined where it is not PromQL. */
function selectorsOf(expr: string): Selector[] | undefined {
  const selectors: Selector[] = [];
  const text = ({ from, to }: { from: number; to: number }) => expr.slice(from, to);
  let broken = false;
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) broken = true;
      if (node.name === 'VectorSelector') selectors.push({ metric: text(node.node.firstChild!), labels: [] });
      if (node.name === 'LabelMatchers' || node.name === 'UnquotedLabelMatcher') {
        const [, name, value] = /^(\w+)\s*=\s*"(.*)"$/.exec(text(node)) ?? [];
        if (name !== undefined) selectors.at(-1)!.labels.push({ name, value: value! });
      }
    },
  });
  return broken ? undefined : selectors;
}

/** Values that a label may have, where that is a list. */
const VALUES: Record<string, readonly string[]> = {
  group: ['detect', RESPOND_GROUP, ARCHIVE_GROUP],
  state: STATES,
  detector: Object.keys(SELF_META),
};

describe('the Prometheus rules', () => {
  const { registry } = createMetrics();
  const metrics = new Map(
    registry
      .getMetricsAsArray()
      .map((metric) => [metric.name, (metric as unknown as { labelNames: string[] }).labelNames]),
  );

  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s asks for what the process really has',
    (_, { expr }) => {
      const selectors = selectorsOf(expr);
      expect(selectors, `${expr} is not PromQL`).toBeDefined();
      expect(selectors!.length).toBeGreaterThan(0);
      for (const { metric, labels } of selectors!) {
        expect([...metrics.keys()], expr).toContain(metric);
        for (const { name, value } of labels) {
          expect(metrics.get(metric), expr).toContain(name);
          expect(VALUES[name], `${name}="${value}"`).toContain(value);
        }
      }
      const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names]) =>
        names!.split(',').map((name) => name.trim()),
      );
      const known = selectors!.flatMap(({ metric }) => metrics.get(metric)!);
      for (const name of by) expect(['instance', ...known], expr).toContain(name);
    },
  );

  it('say what a person has to do, each under a name of its own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations } of rules) {
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\w/);
      expect(annotations.description).toMatch(/\w/);
    }
  });

  it('would be found wrong', () => {
    expect(selectorsOf('max by (x (tripline_orders')).toBeUndefined();
    expect(selectorsOf('increase(no_such_total{a="b"}[5m]) > 0')).toEqual([
      { metric: 'no_such_total', labels: [{ name: 'a', value: 'b' }] },
    ]);
  });
});
