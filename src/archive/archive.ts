import type { Logger } from 'pino';
import { ACT } from '../act/act.ts';
import { ALERT } from '../alert/alert.ts';
import { EVENT } from '../event/event.ts';
import { GAP, REJECT } from '../event/reject.ts';
import type { Log, Topic } from '../log/log.ts';
import { subscribeAll } from '../log/subscribe-all.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { ORDER } from '../order/order.ts';
import type { Store } from '../store/store.ts';
import type { ArchiveConfig } from './config.ts';
import { type ArchiveTask, openPartition } from './partition.ts';

export const ARCHIVE_GROUP = 'archive';

/** The table of each topic that is archived. */
const TABLES: readonly (readonly [Topic, string])[] = [
  ['events', EVENT.name],
  ['alerts', ALERT.name],
  ['revocations', ORDER.name],
  ['rejects', REJECT.name],
  ['gaps', GAP.name],
  ['audit', ACT.name],
];

export interface ArchiveDeps {
  log: Log;
  /** Migrated. */
  store: Store;
  config: ArchiveConfig;
  metrics: Metrics;
  logger: Logger;
}

export interface Archive {
  /** Resolves when everything appended so far is in the store, without waiting for blocks to fill or age. */
  drained(): Promise<void>;
  /** Records that are in the log and not yet in the store. */
  lag(): number;
  /** For how long the store has not taken what waits; 0 while it does. */
  stalledMs(): number;
  /** Rejects when a partition cannot go on. Never resolves before close. */
  readonly finished: Promise<void>;
  /** Stops at once. What was not inserted is inserted after the next start. */
  close(): Promise<void>;
}

/**
 * Copies the log into the store: blocks of frames as they are, each exactly once, whatever crashes.
 * A store that is away is waited for; nothing else waits with it.
 */
export async function startArchive(deps: ArchiveDeps): Promise<Archive> {
  const { log, metrics } = deps;
  const stop = new AbortController();
  const tasks = new Set<ArchiveTask>();
  const stalls = new Map<string, number>();
  const subscriptions: Awaited<ReturnType<Log['subscribe']>>[] = [];
  const lag = () => {
    let records = 0;
    for (const subscription of subscriptions) records += subscription.lag();
    for (const task of tasks) records += task.waiting();
    return records;
  };
  const report = () => metrics.consumerLag.set({ group: ARCHIVE_GROUP }, lag());

  const close = async () => {
    stop.abort();
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
  };
  const open = async (topic: Topic, table: string, partition: number) => {
    const stalled = (on: boolean) => {
      if (on) stalls.set(`${topic}/${partition}`, Date.now());
      else stalls.delete(`${topic}/${partition}`);
    };
    const options = { ...deps, stalled, group: ARCHIVE_GROUP, topic, table, partition, report, stop: stop.signal };
    const task = await openPartition(options);
    tasks.add(task);
    const close = async () => {
      tasks.delete(task);
      stalled(false);
    };
    return { ...task, close };
  };
  try {
    const calls = TABLES.map(([topic, table]) =>
      log.subscribe(topic, ARCHIVE_GROUP, (partition) => open(topic, table, partition)),
    );
    subscriptions.push(...(await subscribeAll(calls)));
  } catch (error) {
    await close();
    throw error;
  }

  const finished = Promise.all(subscriptions.map((subscription) => subscription.finished)).then(() => {});
  return {
    drained: async () => {
      await Promise.all(subscriptions.map((subscription) => subscription.drained()));
      await Promise.all([...tasks].map((task) => task.flush()));
    },
    lag,
    stalledMs: () => (stalls.size === 0 ? 0 : Date.now() - Math.min(...stalls.values())),
    finished,
    close,
  };
}
