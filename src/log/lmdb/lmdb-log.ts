import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TriplineError } from '../../errors.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { type Clock, forwardClock, wallClock } from '../clock.ts';
import { LogConfig } from '../config.ts';
import { leadAlone } from '../lead-alone.ts';
import type { Log, PartitionTask, Subscription, Topic, Write } from '../log.ts';
import { subscribeFeeds } from '../subscribe.ts';
import { DATA_FILE, type LogDatabase, numberValue, openDatabase } from './database.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { feedOf, type Heads, openHeads } from './heads.ts';
import { lockDataDir } from './lock.ts';
import { readRecords, readState } from './read.ts';
import { retire } from './retain.ts';
import { spaceGuard } from './space.ts';
import { writeJob } from './write.ts';

export interface LmdbLogOptions {
  /** Folder of the log, for one process alone; made when absent. */
  dir: string;
  config?: LogConfig;
  /** Epoch ms. May go back; the log's own time does not. */
  clock?: Clock;
  metrics?: Pick<Metrics, 'requestsShed'>;
}

/**
 * The log in one LMDB file. One process, and in it one log, per folder.
 * @throws TriplineError TRIPLINE_DATA_DIR_LOCKED, TRIPLINE_DATA_DIR_UNUSABLE, TRIPLINE_CONFIG_INVALID
 */
export async function openLmdbLog(options: LmdbLogOptions): Promise<Log> {
  const config = options.config ?? LogConfig.parse({});
  const lock = await lockDataDir(options.dir);
  let database: LogDatabase | undefined;
  try {
    database = openDatabase(options.dir, config);
    const heads = await openHeads(database, options.dir, config);
    return createLog({ ...options, config, database, heads, release: lock.release });
  } catch (error) {
    await database?.root.close();
    await lock.release();
    throw error;
  }
}

interface Parts extends LmdbLogOptions {
  config: LogConfig;
  database: LogDatabase;
  heads: Heads;
  release(): Promise<void>;
}

function createLog({ dir, config, clock = wallClock(), metrics, database, heads, release }: Parts): Log {
  const now = forwardClock(clock, heads.clock);
  const commits = openCommits({ database, heads, config, now, metrics });
  const checkSpace = spaceGuard(database, heads, config.map_bytes_max);
  const subscriptions = new Set<Subscription>();
  let retiring: Promise<number> | undefined;
  let closing: Promise<void> | undefined;
  let closed = false;

  const write = async (parts: Write): Promise<number[]> => {
    if (closed) throw new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'The log is closed');
    const job = writeJob(parts, database, heads, now);
    if (job.bytes === 0) return [];
    if (parts.append?.length) checkSpace(job.bytes);
    await commits.commit(job);
    return job.offsets;
  };

  const log: Log = {
    partitions: (topic) => config.partitions[topic],
    write,
    read: async (topic, partition, from, bytes_max) => readRecords(heads.of(topic, partition), from, bytes_max),
    async bounds(topic, partition) {
      const { first, next } = heads.of(topic, partition);
      return { first, next };
    },
    committed: async (group, topic, partition) => heads.committed(topic, group, partition),
    state: (scope) => readState(database.state, scope),
    async subscribe(topic, group, open: (partition: number) => Promise<PartitionTask>) {
      await rememberGroup(database, heads, commits, topic, group);
      const feeds = heads.all.filter((head) => head.topic === topic).map((head) => feedOf(head, now));
      const subscription = await subscribeFeeds(feeds, config, open);
      subscriptions.add(subscription);
      return subscription;
    },
    lead: (_name, open) => leadAlone(log, open),
    retain(time) {
      retiring ??= retire({ database, heads, commits, retention: config.retention }, time).finally(() => {
        retiring = undefined;
      });
      return retiring;
    },
    // Blocks, not length: the file may have holes.
    size: async () => 512 * (await stat(join(dir, DATA_FILE))).blocks,
    close() {
      closing ??= (async () => {
        await Promise.all([...subscriptions].map((subscription) => subscription.close()));
        closed = true;
        await Promise.allSettled([retiring]);
        await commits.idle();
        await database.root.close();
        await release();
      })();
      return closing;
    },
  };
  return log;
}

type CommitParts = Pick<Parts, 'database' | 'heads' | 'config' | 'metrics'> & { now: Clock };

function openCommits({ database, heads, config, now, metrics }: CommitParts): GroupCommit {
  return createGroupCommit({
    root: database.root,
    commit_bytes_max: config.commit_bytes_max,
    waiting_bytes_max: config.waiting_bytes_max,
    // Whatever a subscriber made of the time it was told is in this transaction or a later one: no restart undoes it.
    begin: () => void database.meta.put(['clock'], numberValue(now())),
    committed: () => {
      for (const head of heads.all) {
        if (head.next === head.reserved) continue;
        head.next = head.reserved;
        for (const listener of head.listeners) listener();
      }
    },
    rollback: () => {
      for (const head of heads.all) head.reserved = head.next;
    },
    refused: () => metrics?.requestsShed.inc({ limit: 'log.waiting_bytes_max' }),
  });
}

/** Retention waits for a group from its first subscription on. */
async function rememberGroup(
  { meta }: LogDatabase,
  heads: Heads,
  commits: GroupCommit,
  topic: Topic,
  group: string,
): Promise<void> {
  const groups = heads.groups(topic);
  if (groups.has(group)) return;
  groups.add(group);
  await commits.commit({ bytes: 0, put: () => void meta.put(['group', topic, group], numberValue(1)) });
}
