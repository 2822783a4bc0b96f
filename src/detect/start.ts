import type { Logger } from 'pino';
import { wallClock } from '../log/clock.ts';
import type { Log, PartitionTask, Topic } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { digestOf } from './canonical.ts';
import { type DetectConfig, prepareDetectors } from './config.ts';
import type { Detector } from './detector.ts';
import { createFailures, type Failing } from './failures.ts';
import { createFeeds, type Feeds } from './feeds.ts';
import { DETECT_GROUP, type DetectTask, openPartition } from './partition.ts';
import { countWritten, gauge } from './report.ts';

export { DetectConfig } from './config.ts';
export { DETECT_GROUP } from './partition.ts';

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
  /**
   * Goes on with other options, and says whether they were other ones. State of what stays as it was is kept; what a new configuration
   * has to know is read again from the log, without alerts, and meanwhile nothing is judged.
   * @throws TriplineError TRIPLINE_CONFIG_INVALID, and nothing has changed
   */
  reload(detectors: DetectConfig['detectors']): Promise<boolean>;
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
  let sections = config.detectors;
  let prepared = prepareDetectors(deps.detectors, sections);
  const now = wallClock();
  const failures = createFailures(config.failing_ms, now);
  const tasks = new Set<DetectTask>();
  const report = () => metrics.consumerLag.set({ group: DETECT_GROUP }, feeds.lag());

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
  const feeds: Feeds = createFeeds(log, open);
  const turns = createTurns();
  await feeds.start();
  return {
    finished: feeds.finished,
    lag: feeds.lag,
    async reload(wanted) {
      const next = prepareDetectors(deps.detectors, wanted);
      return turns.take(async () => {
        if (digestOf(wanted, 32) === digestOf(sections, 32)) return false;
        await feeds.stop();
        [sections, prepared] = [wanted, next];
        await feeds.start();
        return true;
      });
    },
    async drained() {
      await turns.over();
      await feeds.drained();
    },
    health() {
      const failing = failures.list();
      return { status: feeds.isDead() || failing.length > 0 ? 'degraded' : 'ok', failing };
    },
    close: () => turns.take(feeds.stop),
  };
}

/** One thing after another. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    over: () => last,
    take<T>(work: () => Promise<T>): Promise<T> {
      const done = last.then(work);
      last = done.catch(() => {});
      return done;
    },
  };
}
