import assert from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import { TriplineError } from '../errors.ts';
import { type Clock, forwardClock, wallClock } from './clock.ts';
import { LogConfig } from './config.ts';
import { type Feed, stretchOf } from './feed.ts';
import { leadAlone } from './lead-alone.ts';
import type { Log, LogRecord, Subscription, Topic, Write } from './log.ts';
import { createMemoryDisk, type MemoryDisk, type MemoryPartition } from './memory-disk.ts';
import { subscribeFeeds } from './subscribe.ts';

/** What becomes of a write: answered; durable, but the process dies before it answers; or lost with the process. */
export type Fate = 'answered' | 'kept' | 'lost';

export interface MemoryLogOptions {
  /** Outlives the log: open another one on it to see what a restart would see. */
  disk?: MemoryDisk;
  config?: LogConfig;
  clock?: Clock;
  /** Decides each write, for simulations. After `kept` or `lost` every call fails with an error that is not retriable. */
  fate?: (write: Write) => Fate;
}

/** A log for simulations and tests: the same promises, and a process that dies when told to. */
export function openMemoryLog(options: MemoryLogOptions = {}): Log {
  const { disk = createMemoryDisk(), config = LogConfig.parse({}), clock = wallClock(), fate } = options;
  disk.open(config.partitions);
  const now = forwardClock(clock, disk.clock);
  const listeners = new Map<MemoryPartition, Set<() => void>>();
  const subscriptions = new Set<Subscription>();
  let over: string | undefined;
  const alive = () => {
    if (over !== undefined) throw new TriplineError('TRIPLINE_LOG_UNAVAILABLE', over);
  };

  const write = async (parts: Write): Promise<number[]> => {
    await turn();
    alive();
    const fated = fate?.(parts) ?? 'answered';
    if (fated !== 'answered') over = 'The process was killed';
    const offsets = fated === 'lost' ? [] : disk.apply(parts, now);
    alive();
    for (const { topic, partition } of parts.append ?? [])
      for (const listener of listeners.get(disk.partition(topic, partition)) ?? []) listener();
    return offsets;
  };
  const read = async (topic: Topic, partition: number, from: number, bytes_max: number) => {
    alive();
    return readFrom(disk.partition(topic, partition), from, bytes_max);
  };
  const feedOf = (topic: Topic, partition: number): Feed => {
    const held = disk.partition(topic, partition);
    return {
      next: () => nextOf(held),
      end: async () => nextOf(held),
      read: async (from, bytes_max) => stretchOf(await read(topic, partition, from, bytes_max), from),
      time: now,
      onAppend(listener) {
        const own = listeners.get(held) ?? new Set();
        listeners.set(held, own.add(listener));
        return () => own.delete(listener);
      },
    };
  };

  const log: Log = {
    partitions: (topic) => config.partitions[topic],
    write,
    read,
    async bounds(topic, partition) {
      const held = disk.partition(topic, partition);
      return { first: held.first, next: nextOf(held) };
    },
    committed: async (group, topic, partition) => disk.committed(group, topic, partition),
    async *state(scope) {
      yield* disk.state(scope);
    },
    async subscribe(topic, group, open) {
      alive();
      disk.addGroup(topic, group);
      const feeds = Array.from({ length: config.partitions[topic] }, (_, partition) => feedOf(topic, partition));
      const subscription = await subscribeFeeds(feeds, config, open);
      subscriptions.add(subscription);
      return subscription;
    },
    lead: (_name, open) => leadAlone(log, open),
    async retain(time) {
      alive();
      return disk.retain(time, config.retention);
    },
    size: async () => disk.bytes(),
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
      over ??= 'The log is closed';
    },
  };
  return log;
}

const nextOf = ({ first, records }: MemoryPartition): number => first + records.length;

function readFrom({ first, records }: MemoryPartition, from: number, bytes_max: number): LogRecord[] {
  assert(Number.isSafeInteger(from) && from >= 0, 'an offset is a whole number from 0 on');
  if (from < first) throw new TriplineError('TRIPLINE_LOG_OFFSET_GONE', `Record ${from} was retired`);
  const found: LogRecord[] = [];
  let bytes = 0;
  for (const record of records.slice(from - first)) {
    bytes += record.frame.length;
    if (found.length > 0 && bytes > bytes_max) break;
    found.push({ ...record, frame: Buffer.from(record.frame) });
  }
  return found;
}
