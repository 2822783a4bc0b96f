import { TriplineError } from '../errors.ts';

/** Something that is written together with others. */
export interface Weighed {
  bytes: number;
}

export interface Batcher<J extends Weighed> {
  /**
   * Resolves when the job is durable. Jobs that arrive while others are being written share the next write.
   * @throws TriplineError TRIPLINE_OVERLOADED (retriable), or what `run` throws
   */
  add(job: J): Promise<void>;
  /** Resolves when nothing is waiting. */
  idle(): Promise<void>;
}

export interface BatcherOptions<J extends Weighed> {
  /** Makes all of them durable or none. Called for one group at a time. */
  run(jobs: readonly J[]): Promise<void>;
  commit_bytes_max: number;
  waiting_bytes_max: number;
  /** Called for a job that was refused because too much is waiting. */
  refused(): void;
}

interface Waiting<J> {
  job: J;
  resolve(): void;
  reject(error: unknown): void;
}

/** Group commit: the first job does not wait for others, and what comes in the meantime goes together. */
export function createBatcher<J extends Weighed>(options: BatcherOptions<J>): Batcher<J> {
  let queue: Waiting<J>[] = [];
  let waiting_bytes = 0;
  let running: Promise<void> | undefined;

  const takeGroup = (): Waiting<J>[] => {
    let count = 0;
    for (let bytes = 0; count < queue.length && (count === 0 || bytes < options.commit_bytes_max); count++)
      bytes += queue[count]!.job.bytes;
    const group = queue.slice(0, count);
    queue = queue.slice(count);
    return group;
  };

  const runGroup = async (group: Waiting<J>[]) => {
    try {
      await options.run(group.map(({ job }) => job));
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
      return;
    }
    for (const waiting of group) waiting.resolve();
  };

  const run = async () => {
    // Writes of the same turn go together; an idle log waits for nothing else.
    await undefined;
    while (queue.length > 0) {
      const group = takeGroup();
      await runGroup(group);
      for (const { job } of group) waiting_bytes -= job.bytes;
    }
    running = undefined;
  };

  return {
    add(job) {
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

function overloaded(waiting_bytes: number, waiting_bytes_max: number): TriplineError {
  const message = `${waiting_bytes} bytes of writes wait for the log, waiting_bytes_max is ${waiting_bytes_max}`;
  return new TriplineError('TRIPLINE_OVERLOADED', message, { retriable: true });
}
