import type { RootDatabase } from 'lmdb';
import { TriplineError } from '../../errors.ts';

/** Part of a transaction. */
export interface Job {
  bytes: number;
  /** Queues the puts and removes. Must not throw: what it queued before would be committed. */
  put(): void;
  /** Called when they are durable, in the order of the jobs, before any other code runs. */
  done?(): void;
}

export interface GroupCommit {
  /**
   * Resolves when the job is durable. Jobs that arrive while the disk is busy share the next transaction.
   * @throws TriplineError TRIPLINE_LOG_UNAVAILABLE or TRIPLINE_OVERLOADED, both retriable
   */
  commit(job: Job): Promise<void>;
  /** Resolves when nothing is waiting. */
  idle(): Promise<void>;
}

export interface GroupCommitOptions {
  root: RootDatabase<Buffer>;
  commit_bytes_max: number;
  waiting_bytes_max: number;
  /** Called once per transaction, before its jobs. */
  begin(): void;
  /** Called after a transaction and the `done` of its jobs. */
  committed(): void;
  /** Called after a transaction that came to nothing. */
  rollback(): void;
  /** Called for a job that was refused because too much is waiting. */
  refused(): void;
}

interface Waiting {
  job: Job;
  resolve(): void;
  reject(error: unknown): void;
}

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  let queue: Waiting[] = [];
  let waiting_bytes = 0;
  let running: Promise<void> | undefined;

  const takeGroup = (): Waiting[] => {
    let count = 0;
    for (let bytes = 0; count < queue.length && (count === 0 || bytes < options.commit_bytes_max); count++)
      bytes += queue[count]!.job.bytes;
    const group = queue.slice(0, count);
    queue = queue.slice(count);
    return group;
  };

  const commitGroup = async (group: Waiting[]) => {
    try {
      await transact(options.root, () => {
        options.begin();
        for (const { job } of group) job.put();
      });
    } catch (error) {
      options.rollback();
      for (const waiting of group) waiting.reject(error);
      return;
    }
    for (const { job } of group) job.done?.();
    options.committed();
    for (const waiting of group) waiting.resolve();
  };

  const run = async () => {
    // Writes of the same turn go together; an idle log waits for nothing else.
    await undefined;
    while (queue.length > 0) {
      const group = takeGroup();
      await commitGroup(group);
      for (const { job } of group) waiting_bytes -= job.bytes;
    }
    running = undefined;
  };

  return {
    commit(job) {
      if (waiting_bytes > 0 && waiting_bytes + job.bytes > options.waiting_bytes_max) {
        options.refused();
        return Promise.reject(overloaded(waiting_bytes, options.waiting_bytes_max));
      }
      waiting_bytes += job.bytes;
      return new Promise((resolve, reject) => {
        queue.push({ job, resolve, reject });
        running ??= run();
      });
    },
    idle: async () => running,
  };
}

/** One atomic transaction, durable when it resolves. */
async function transact(root: RootDatabase<Buffer>, put: () => void): Promise<void> {
  try {
    await root.batch(put);
  } catch (error) {
    // lmdb tells the reason by a second promise.
    const reason = (error as { commitError?: Promise<never> }).commitError;
    if (reason === undefined) throw error;
    const cause = await reason.catch((why: Error) => why);
    const message = `The log could not be written (is the disk full?): ${cause.message}`;
    throw new TriplineError('TRIPLINE_LOG_UNAVAILABLE', message, { cause, retriable: true });
  }
}

function overloaded(waiting_bytes: number, waiting_bytes_max: number): TriplineError {
  const message = `${waiting_bytes} bytes of writes wait for the log, waiting_bytes_max is ${waiting_bytes_max}`;
  return new TriplineError('TRIPLINE_OVERLOADED', message, { retriable: true });
}
