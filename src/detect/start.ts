import type { Logger } from 'pino';
import { wallClock } from '../log/clock.ts';
import type { Log, PartitionTask, Subscription, Topic } from '../log/log.ts';
import { subscribeAll } from '../log/subscribe-all.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type DetectConfig, prepareDetectors } from './config.ts';
import type { Detector } from './detector.ts';
import { createFailures, type Failing } from './failures.ts';
import { DETECT_GROUP, type DetectTask, openPartition } from './partition.ts';
import { countWritten, gauge } from './report.ts';

export { DetectConfig } from './config.ts';
export { DETECT_GROUP } from './partition.ts';

/** Which topic feeds the detectors of each key. */
const TOPICS: readonly (readonly [Topic, Detector['key']])[] = [
  ['events', 'agent'],
  ['credentials', 'credential'],
];

export interface DetectDeps {
  log: Log;
  detectors: readonly Detector[];
  config: DetectConfig;
  metrics: Metrics;
  logger: Logger;
}

export interface DetectHealth {
  status: 'ok' | 'degraded';
  /** Detectors that threw within `failing_ms`. */
  failing: Failing[];
}

export interface Detect {
  /** Resolves when everything appended so far has been judged and its alerts are durable. */
  drained(): Promise<void>;
  /** Records that are in the log and not yet judged. */
  lag(): number;
  health(): DetectHealth;
  /** Rejects when a partition cannot go on. Never resolves before close. */
  readonly finished: Promise<void>;
  /** Writes the last state and stops. */
  close(): Promise<void>;
}

/**
 * Judges the events and credentials topics and writes alerts and coverage gaps.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID for an unknown detector or an option that a detector refuses
 */
export async function startDetect(deps: DetectDeps): Promise<Detect> {
  const { log, config, metrics, logger } = deps;
  const prepared = prepareDetectors(deps.detectors, config.detectors);
  const now = wallClock();
  const failures = createFailures(config.failing_ms, now);
  const tasks = new Set<DetectTask>();
  const subscriptions: Subscription[] = [];
  const lag = () => subscriptions.reduce((records, subscription) => records + subscription.lag(), 0);

  const report = () => metrics.consumerLag.set({ group: DETECT_GROUP }, lag());

  const open = async (topic: Topic, key: Detector['key'], partition: number): Promise<PartitionTask> => {
    const task = await openPartition({
      log,
      topic,
      partition,
      detectors: prepared.filter(({ detector }) => detector.key === key),
      config,
      logger,
      now,
      onFailure(detector, error) {
        const n = failures.add(detector, error);
        // The first, the tenth, the hundredth: a detector that always throws must not fill the disk.
        if (Number.isInteger(Math.log10(n)))
          logger.error({ detector, topic, partition, failures: n, err: error }, 'A detector threw; it goes on');
      },
      onWritten(outputs) {
        countWritten(metrics, outputs, now());
        gauge(metrics, tasks);
        report();
      },
    });
    tasks.add(task);
    return {
      position: task.position,
      process: (records) => task.process(records),
      // Only now is what was handed over no longer counted as waiting.
      tick: (now) => task.tick(now).then(report),
      close: () => task.close().finally(() => tasks.delete(task)),
    };
  };
  const close = async () => void (await Promise.all(subscriptions.map((subscription) => subscription.close())));
  const calls = TOPICS.map(([topic, key]) =>
    log.subscribe(topic, DETECT_GROUP, (partition) => open(topic, key, partition)),
  );
  subscriptions.push(...(await subscribeAll(calls)));

  let dead = false;
  const finished = Promise.all(subscriptions.map((subscription) => subscription.finished)).then(() => {});
  finished.catch(() => {
    dead = true;
  });
  return {
    finished,
    lag,
    drained: async () => void (await Promise.all(subscriptions.map((subscription) => subscription.drained()))),
    health() {
      const failing = failures.list();
      return { status: dead || failing.length > 0 ? 'degraded' : 'ok', failing };
    },
    close,
  };
}
