import assert from 'node:assert';
import { TriplineError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import type { LogConfig } from '../config.ts';
import { type Feed, stretchOf } from '../feed.ts';
import { TOPICS, type Topic } from '../log.ts';
import { type LogDatabase, numberValue, type Records } from './database.ts';
import { unusable } from './lock.ts';
import { readRecords } from './read.ts';

/** One partition in memory. */
export interface Head {
  topic: Topic;
  partition: number;
  records: Records;
  first: number;
  next: number;
  /** `next` once the running transaction is durable. */
  reserved: number;
  listeners: Set<() => void>;
}

/** What the log knows without reading. */
export interface Heads {
  all: readonly Head[];
  of(topic: Topic, partition: number): Head;
  /** Latest log time that was made durable. */
  clock: number;
  committed(topic: Topic, group: string, partition: number): number | undefined;
  setCommitted(topic: Topic, group: string, partition: number, offset: number): void;
  /** Groups that committed to the topic or subscribed to it. */
  groups(topic: Topic): Set<string>;
}

const FORMAT = 1;

/**
 * Reads them, and writes what a new folder needs.
 * @throws TriplineError TRIPLINE_DATA_DIR_UNUSABLE, TRIPLINE_CONFIG_INVALID when partitions were changed
 */
export async function openHeads(database: LogDatabase, dir: string, config: LogConfig): Promise<Heads> {
  const { meta } = database;
  // A key of one part comes back as that part.
  const entries = [...meta.getRange()].map(({ key, value }) => [[key].flat(), value.readDoubleLE(0)] as const);
  const stored = new Map(entries.map(([key, value]) => [key.join('\0'), value]));
  await claimFolder(database, dir, config, stored);

  const committed = new Map<string, number>();
  const groups = new Map<Topic, Set<string>>(TOPICS.map((topic) => [topic, new Set()]));
  for (const [[kind, topic, group, partition], value] of entries) {
    if (kind === 'commit') committed.set(`${topic}\0${group}\0${partition}`, value);
    if (kind === 'commit' || kind === 'group') groups.get(topic as Topic)?.add(group as string);
  }
  const all = TOPICS.flatMap((topic) =>
    Array.from({ length: config.partitions[topic] }, (_, partition) =>
      openHead(database.records(topic, partition), topic, partition, stored.get(`first\0${topic}\0${partition}`) ?? 0),
    ),
  );
  const byName = new Map(all.map((head) => [`${head.topic}/${head.partition}`, head]));
  return {
    all,
    of(topic, partition) {
      const head = byName.get(`${topic}/${partition}`);
      assert(head, `${topic} has a partition ${partition}`);
      return head;
    },
    clock: stored.get('clock') ?? 0,
    committed: (topic, group, partition) => committed.get(`${topic}\0${group}\0${partition}`),
    setCommitted: (topic, group, partition, offset) => committed.set(`${topic}\0${group}\0${partition}`, offset),
    groups: (topic) => groups.get(topic)!,
  };
}

/** A partition for the loop of a subscriber. */
export function feedOf(head: Head, now: Clock): Feed {
  return {
    next: () => head.next,
    end: async () => head.next,
    read: async (from, bytes_max) => stretchOf(readRecords(head, from, bytes_max), from),
    // What is being written has its time already; what is written later gets one from the same clock.
    time: () => (head.reserved === head.next ? now() : undefined),
    onAppend(listener) {
      head.listeners.add(listener);
      return () => head.listeners.delete(listener);
    },
  };
}

function openHead(records: Records, topic: Topic, partition: number, first: number): Head {
  let next = first;
  for (const offset of records.getKeys({ reverse: true, limit: 1 })) next = offset + 1;
  return { topic, partition, records, first, next, reserved: next, listeners: new Set() };
}

async function claimFolder(database: LogDatabase, dir: string, config: LogConfig, stored: Map<string, number>) {
  const format = stored.get('format') ?? FORMAT;
  if (format !== FORMAT) throw unusable(dir, `its log has format ${format}, this version reads ${FORMAT}`);
  for (const topic of TOPICS) {
    const [had, has] = [stored.get(`partitions\0${topic}`) ?? config.partitions[topic], config.partitions[topic]];
    if (had === has) continue;
    const message = `log.partitions.${topic} is ${has}, but the log in ${dir} was made with ${had} and keys would move`;
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', message);
  }
  if (stored.has('format')) return;
  await database.root.batch(() => {
    database.meta.put(['format'], numberValue(FORMAT));
    for (const topic of TOPICS) database.meta.put(['partitions', topic], numberValue(config.partitions[topic]));
  });
}
