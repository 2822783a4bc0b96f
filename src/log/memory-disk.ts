import assert from 'node:assert';
import type { Clock } from './clock.ts';
import type { LogConfig } from './config.ts';
import { type LogRecord, TOPICS, type Topic, type Write } from './log.ts';

export interface MemoryPartition {
  topic: Topic;
  partition: number;
  first: number;
  records: LogRecord[];
}

/** What a log in memory has made durable. */
export interface MemoryDisk {
  /** Log time of the last write. */
  readonly clock: number;
  open(partitions: LogConfig['partitions']): void;
  partition(topic: Topic, partition: number): MemoryPartition;
  /** All of it; returns the offsets of the appends. */
  apply(write: Write, now: Clock): number[];
  committed(group: string, topic: Topic, partition: number): number | undefined;
  addGroup(topic: Topic, group: string): void;
  /** In the order of the keys' UTF-8 bytes. */
  state(scope: string): [key: string, value: Buffer][];
  retain(now: number, retention: LogConfig['retention']): number;
  bytes(): number;
}

export function createMemoryDisk(): MemoryDisk {
  const partitions = new Map<string, MemoryPartition>();
  const commits = new Map<string, number>();
  const groups = new Map<Topic, Set<string>>(TOPICS.map((topic) => [topic, new Set()]));
  const states = new Map<string, Map<string, Buffer>>();
  let clock = 0;

  const find = (topic: Topic, partition: number): MemoryPartition => {
    const found = partitions.get(`${topic}/${partition}`);
    assert(found, `${topic} has a partition ${partition}`);
    return found;
  };
  const committed = (group: string, topic: Topic, partition: number) => commits.get(`${topic}/${partition}/${group}`);
  /** How many of the oldest records every known group has committed. */
  const free = ({ topic, partition, first, records }: MemoryPartition): number => {
    let end = first + records.length;
    for (const group of groups.get(topic)!) end = Math.min(end, committed(group, topic, partition) ?? 0);
    return Math.max(0, end - first);
  };
  const drop = (held: MemoryPartition, count: number): number => {
    held.records.splice(0, count);
    held.first += count;
    return count;
  };
  const all = () => [...partitions.values()].flatMap(({ records }) => records);
  const bytes = () => all().reduce((sum, { frame }) => sum + frame.length, 0);

  return {
    get clock() {
      return clock;
    },
    open(counts) {
      for (const topic of TOPICS) {
        for (let partition = 0; partition < counts[topic]; partition++) {
          const name = `${topic}/${partition}`;
          if (!partitions.has(name)) partitions.set(name, { topic, partition, first: 0, records: [] });
        }
      }
    },
    partition: find,
    apply({ append = [], commit = [], state = [] }, now) {
      clock = now();
      const targets = append.map(({ topic, partition }) => find(topic, partition));
      const offsets = append.map(({ frame }, i) => {
        const { first, records } = targets[i]!;
        return records.push({ offset: first + records.length, appended: clock, frame: Buffer.from(frame) }) + first - 1;
      });
      for (const { group, topic, partition, offset } of commit) {
        commits.set(`${topic}/${partition}/${group}`, offset);
        groups.get(topic)!.add(group);
      }
      for (const { scope, key, value } of state) {
        const entries = states.get(scope) ?? new Map<string, Buffer>();
        states.set(scope, entries);
        if (value === undefined) entries.delete(key);
        else entries.set(key, Buffer.from(value));
      }
      return offsets;
    },
    committed,
    addGroup: (topic, group) => void groups.get(topic)!.add(group),
    state: (scope) =>
      [...(states.get(scope) ?? [])].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    retain(now, { age_ms, bytes_max }) {
      let retired = 0;
      for (const held of partitions.values()) {
        const old = held.records.findIndex(({ appended }) => appended >= now - age_ms);
        retired += drop(held, Math.min(free(held), old === -1 ? held.records.length : old));
      }
      while (bytes() > bytes_max) {
        const eligible = [...partitions.values()].filter((held) => free(held) > 0);
        const oldest = eligible.sort((a, b) => a.records[0]!.appended - b.records[0]!.appended)[0];
        if (!oldest) break;
        retired += drop(oldest, 1);
      }
      return retired;
    },
    bytes,
  };
}
