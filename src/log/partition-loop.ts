import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { TriplineError } from '../errors.ts';
import { type Bell, createBell } from './bell.ts';
import type { Feed, FeedOptions } from './feed.ts';
import type { PartitionTask } from './log.ts';
import { createProgress } from './progress.ts';

/** The loop that feeds one task with one partition. */
export interface PartitionLoop {
  lag(): number;
  /** Resolves when everything appended so far has been processed. */
  drained(): Promise<void>;
  /** Resolves after stop; rejects with the error that ended it. */
  readonly ended: Promise<void>;
  /** Lets the running call finish and starts no other. */
  stop(): void;
}

export function startLoop(task: PartitionTask, feed: Feed, options: FeedOptions): PartitionLoop {
  let position = task.position;
  let stopped = false;
  const bell = createBell();
  const silence = feed.onAppend(bell.ring);
  const progress = createProgress(position);
  const persist = <T>(call: () => Promise<T>) => untilDone(call, () => stopped, bell, options);

  const handOver = async () => {
    const read = await persist(() => feed.read(position, options.read_bytes));
    if (read === undefined) return;
    const { records, next } = read;
    const processed = records.length === 0 || (await persist(() => task.process(records).then(() => true)));
    if (!processed) return;
    position = next;
    progress.reached(position);
  };

  const run = async () => {
    let due = performance.now() + options.tick_ms;
    while (!stopped) {
      if (position < feed.next()) {
        await handOver();
        // A task that never waits would otherwise keep a long backlog ahead of all other work of the process.
        if (position < feed.next()) await turn();
        continue;
      }
      await bell.wait(due - performance.now());
      if (stopped || position < feed.next() || performance.now() < due) continue;
      due = performance.now() + options.tick_ms;
      const now = feed.time();
      if (now !== undefined && task.tick) await persist(() => task.tick!(now));
    }
  };

  const finish = async (failure: unknown) => {
    stopped = true;
    silence();
    progress.end(failure);
    await task.close?.();
  };
  const closed = new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'The subscription was closed before this was processed');

  return {
    ended: run().then(
      () => finish(closed),
      async (error: unknown) => {
        await finish(error);
        throw error;
      },
    ),
    lag: () => Math.max(0, feed.next() - position),
    drained: async () => progress.until(await feed.end()),
    stop() {
      stopped = true;
      bell.ring();
    },
  };
}

/** Calls until it succeeds or is stopped: then undefined. Rejects with an error that is not worth repeating. */
async function untilDone<T>(
  call: () => Promise<T>,
  stopped: () => boolean,
  bell: Bell,
  { retry_ms_min, retry_ms_max }: FeedOptions,
): Promise<T | undefined> {
  for (let wait_ms = retry_ms_min; !stopped(); wait_ms = Math.min(2 * wait_ms, retry_ms_max)) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TriplineError && error.retriable)) throw error;
    }
    // Appends ring too and must not shorten the wait.
    const until = performance.now() + wait_ms;
    while (!stopped() && performance.now() < until) await bell.wait(until - performance.now());
  }
  return undefined;
}
