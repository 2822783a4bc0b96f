import type { Metrics } from '../metrics/metrics.ts';
import type { DetectTask } from './partition.ts';
import type { Output } from './runtime.ts';

/** Counts what became durable. */
export function countWritten(metrics: Metrics, outputs: readonly Output[], now: number): void {
  for (const { alerts, tally } of outputs) {
    for (const { detector, severity, appended } of alerts) {
      metrics.alerts.inc({ detector, severity });
      metrics.eventToAlertMs.observe({ detector }, Math.max(0, now - appended));
    }
    for (const { labels, n } of tally.late.values()) metrics.eventsLate.inc({ detector: labels[0]! }, n);
    for (const { labels, n } of tally.failures.values()) metrics.detectorFailures.inc({ detector: labels[0]! }, n);
    for (const { labels, n } of tally.evictions.values())
      metrics.operatorEvictions.inc({ detector: labels[0]!, operator: labels[1]! }, n);
    for (const { labels, n } of tally.operatorLate.values())
      metrics.operatorLate.inc({ detector: labels[0]!, operator: labels[1]! }, n);
    for (const { labels, n } of tally.held.values()) metrics.alertsSuppressed.inc({ detector: labels[0]! }, n);
  }
}

/** Keys held by each operator, over the partitions of this process; and how far behind the log's time the watermarks are. */
export function gauge(metrics: Metrics, tasks: Iterable<DetectTask>): void {
  const keys = new Map<string, { detector: string; operator: string; n: number }>();
  for (const task of tasks) {
    const { pipeline, topic, partition } = task;
    for (const { detector, windows } of pipeline.runners) {
      for (const [operator, { state }] of windows.operators) {
        const key = `${detector.id}/${operator}`;
        const known = keys.get(key);
        keys.set(key, { detector: detector.id, operator, n: (known?.n ?? 0) + state.size });
      }
    }
    const lag_ms = pipeline.watermarkLag();
    metrics.snapshotAgeMs.set({ topic, partition: String(partition) }, task.snapshotAge());
    if (lag_ms !== undefined) metrics.watermarkLagMs.set({ topic, partition: String(partition) }, lag_ms);
  }
  for (const { detector, operator, n } of keys.values()) metrics.operatorKeys.set({ detector, operator }, n);
}
