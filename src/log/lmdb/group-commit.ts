import type { RootDatabase } from 'lmdb';
import { TriplineError } from '../../errors.ts';
import { createBatcher } from '../batcher.ts';

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

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const run = async (jobs: readonly Job[]) => {
    try {
      await transact(options.root, () => {
        options.begin();
        for (const job of jobs) job.put();
      });
    } catch (error) {
      options.rollback();
      throw error;
    }
    for (const job of jobs) job.done?.();
    options.committed();
  };
  const { add, idle } = createBatcher({ ...options, run });
  return { commit: add, idle };
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
