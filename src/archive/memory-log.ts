import { leadAlone } from '../log/lead-alone.ts';
import { type Log, type LogRecord, type PartitionTask, type Subscription, TOPICS, type Topic } from '../log/log.ts';

export interface MemoryLog extends Log {
  /** The log's clock: tests move it. */
  now: number;
  /** Hands everything over, then ticks. */
  idle(): Promise<void>;
}

/** A log in memory for tests of the archive: the interface's promises without a disk. */
export function memoryLog(options: { partitions: number; batch: number }): MemoryLog {
  const records = new Map<string, LogRecord[]>();
  const commits = new Map<string, number>();
  const states = new Map<string, Map<string, Buffer>>();
  const pumps = new Set<() => Promise<void>>();
  for (const topic of TOPICS) for (let p = 0; p < options.partitions; p++) records.set(`${topic}/${p}`, []);
  const of = (topic: Topic, partition: number) => records.get(`${topic}/${partition}`)!;

  const log: MemoryLog = {
    now: 1_750_000_000_000,
    idle: async () => {
      await Promise.all([...pumps].map((pump) => pump()));
    },
    partitions: () => options.partitions,
    write: async ({ append = [], commit = [], state = [] }) => {
      for (const { group, topic, partition, offset } of commit) commits.set(`${group}/${topic}/${partition}`, offset);
      for (const { scope, key, value } of state) {
        const entries = states.get(scope) ?? new Map<string, Buffer>();
        states.set(scope, entries);
        if (value === undefined) entries.delete(key);
        else entries.set(key, Buffer.from(value));
      }
      return append.map(({ topic, partition, frame }) => {
        const list = of(topic, partition);
        return list.push({ offset: list.length, appended: log.now, frame }) - 1;
      });
    },
    read: async (topic, partition, from) => of(topic, partition).slice(from, from + options.batch),
    bounds: async (topic, partition) => ({ first: 0, next: of(topic, partition).length }),
    committed: async (group, topic, partition) => commits.get(`${group}/${topic}/${partition}`),
    async *state(scope) {
      yield* [...(states.get(scope) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    },
    subscribe: async (topic, _group, open): Promise<Subscription> => {
      const tasks: { task: PartitionTask; list: LogRecord[]; at: number }[] = [];
      for (let partition = 0; partition < options.partitions; partition++) {
        const task = await open(partition);
        tasks.push({ task, list: of(topic, partition), at: task.position });
      }
      let turn = Promise.resolve();
      const pump = (ticks: boolean) => {
        const run = async () => {
          for (const each of tasks) {
            while (each.at < each.list.length) {
              const batch = each.list.slice(each.at, each.at + options.batch);
              await each.task.process(batch);
              each.at += batch.length;
            }
            if (ticks) await each.task.tick?.(log.now);
          }
        };
        turn = turn.then(run);
        return turn;
      };
      const pumpAndTick = () => pump(true);
      pumps.add(pumpAndTick);
      return {
        drained: () => pump(false),
        lag: () => tasks.reduce((sum, { list, at }) => sum + list.length - at, 0),
        finished: new Promise(() => {}),
        close: async () => {
          pumps.delete(pumpAndTick);
          await turn;
          for (const { task } of tasks) await task.close?.();
        },
      };
    },
    lead: (_name, open) => leadAlone(log, open),
    retain: async () => 0,
    size: async () => 0,
    close: async () => {},
  };
  return log;
}
