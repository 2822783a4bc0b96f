import type { Log, PartitionTask, Subscription, Topic } from '../log/log.ts';
import { subscribeAll } from '../log/subscribe-all.ts';
import type { Detector } from './detector.ts';
import { DETECT_GROUP } from './partition.ts';

/** Which topic feeds the detectors of each key. */
const TOPICS: readonly (readonly [Topic, Detector['key']])[] = [
  ['events', 'agent'],
  ['credentials', 'credential'],
];

export interface Feeds {
  start(): Promise<void>;
  /** Writes the last state and stops; it can be started again. */
  stop(): Promise<void>;
  drained(): Promise<void>;
  lag(): number;
  /** Rejects when a partition cannot go on. Never resolves. */
  readonly finished: Promise<void>;
  isDead(): boolean;
}

/** The subscriptions to what detectors read. */
export function createFeeds(
  log: Log,
  open: (topic: Topic, key: Detector['key'], partition: number) => Promise<PartitionTask>,
): Feeds {
  const subscriptions: Subscription[] = [];
  let dead = false;
  let die: (error: unknown) => void = () => {};
  const finished = new Promise<void>((_, reject) => {
    die = (error) => {
      dead = true;
      reject(error);
    };
  });
  finished.catch(() => {});
  const stop = async () =>
    void (await Promise.all(subscriptions.splice(0).map((subscription) => subscription.close())));
  return {
    finished,
    stop,
    isDead: () => dead,
    lag: () => subscriptions.reduce((records, subscription) => records + subscription.lag(), 0),
    drained: async () => void (await Promise.all(subscriptions.map((subscription) => subscription.drained()))),
    async start() {
      try {
        const calls = TOPICS.map(([topic, key]) =>
          log.subscribe(topic, DETECT_GROUP, (partition) => open(topic, key, partition)),
        );
        for (const subscription of await subscribeAll(calls)) {
          subscription.finished.catch(die);
          subscriptions.push(subscription);
        }
      } catch (error) {
        die(error);
        throw error;
      }
    },
  };
}
