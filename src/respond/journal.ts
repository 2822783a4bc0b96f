import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ACT } from '../act/act.ts';
import { ALERT } from '../alert/alert.ts';
import { TriplineError } from '../errors.ts';
import { EVENT } from '../event/event.ts';
import type { Column } from '../event/field.ts';
import { framesOf } from '../log/frames.ts';
import type { Commit, Log, StateWrite, Write } from '../log/log.ts';
import { partitionOf } from '../log/partition.ts';
import { ORDER } from '../order/order.ts';
import { type Change, join, newChange } from './change.ts';
import type { Entry } from './ledger.ts';

export interface Journal {
  /** Resolves when the change is durable. Changes become durable in the order of the calls. */
  write(change: Change): Promise<void>;
  /** Rejects when the log refused a write for good. */
  readonly broken: Promise<never>;
  /** Resolves when nothing is waiting. Later writes are refused. */
  close(): Promise<void>;
}

const RETRY_MS = [50, 100, 250, 500, 1000, 2500, 5000];

/**
 * One write to the log at a time; whatever comes in the meantime goes with the next one. So memory is never ahead of the log by more than
 * what is waiting here, and nothing that waits has left the process. A log that is away is tried again until it is back.
 */
export function createJournal(log: Log, credentialColumns: readonly Column[], logger: Logger): Journal {
  let waiting: { change: Change; done: PromiseWithResolvers<void> } | undefined;
  let running: Promise<void> | undefined;
  let closed = false;
  let dead: unknown;
  const broken = withResolvers<never>();
  broken.promise.catch(() => {});

  const run = async () => {
    while (waiting !== undefined) {
      const { change, done } = waiting;
      waiting = undefined;
      try {
        // After a refused write nothing later may stand in the log: a history without its middle is worse than none.
        if (dead !== undefined) throw dead;
        await writeUntilDone(log, toWrite(log, credentialColumns, change), logger, () => closed);
        done.resolve();
      } catch (error) {
        dead = error;
        done.reject(error);
        broken.reject(error);
      }
    }
    running = undefined;
  };
  return {
    broken: broken.promise,
    write(change) {
      if (dead !== undefined) return Promise.reject(dead);
      if (closed) return Promise.reject(new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'The response is stopping'));
      if (waiting === undefined) {
        waiting = { change: newChange(), done: withResolvers() };
        // Nobody may be listening: what is fatal is told by `broken`.
        waiting.done.promise.catch(() => {});
      }
      const { done } = waiting;
      join(waiting.change, change);
      running ??= run();
      return done.promise;
    },
    async close() {
      closed = true;
      await running;
    },
  };
}

async function writeUntilDone(log: Log, write: Write, logger: Logger, closed: () => boolean): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await log.write(write);
      return;
    } catch (error) {
      if (!(error instanceof TriplineError && error.retriable) || closed()) throw error;
      const wait_ms = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]!;
      logger.warn({ err: error, wait_ms }, 'the log takes no orders; trying again');
      await delay(wait_ms);
    }
  }
}

/** One frame per topic and partition. */
function toWrite(log: Log, credentialColumns: readonly Column[], change: Change): Write {
  const withCredential = change.events.filter((event) => event.credential !== '');
  return {
    append: [
      ...framesOf(log, 'revocations', ORDER.columns, change.orders, (order) => order.target),
      ...framesOf(log, 'audit', ACT.columns, change.acts, (act) => act.object),
      ...framesOf(log, 'alerts', ALERT.columns, change.alerts, (alert) => alert.subject),
      ...framesOf(log, 'events', EVENT.columns, change.events, (event) => event.agent_id || event.credential),
      ...framesOf(log, 'credentials', credentialColumns, withCredential, (event) => event.credential),
    ],
    commit: latest(change.commits),
    state: states(log, change),
  };
}

/** Of several commits of one partition the last counts. */
function latest(commits: readonly Commit[]): Commit[] {
  return [
    ...new Map(commits.map((commit) => [`${commit.group}/${commit.topic}/${commit.partition}`, commit])).values(),
  ];
}

/** Scope of an order's state: whoever owns the partition of its target owns the order. */
export function orderScope(partition: number): string {
  return `respond/${partition}`;
}

function states(log: Log, change: Change): StateWrite[] {
  const partitions = log.partitions('revocations');
  const values = new Map<Entry, Buffer | undefined>();
  for (const entry of change.kept) values.set(entry, undefined);
  // An entry that changed several times is written as it is now, which is its newest state.
  for (const entry of values.keys()) values.set(entry, Buffer.from(JSON.stringify(entry)));
  for (const entry of change.forgotten) values.set(entry, undefined);
  const ours = [...values].map(([entry, value]) => ({
    scope: orderScope(partitionOf(entry.order.target, partitions)),
    key: entry.order.order_id,
    value,
  }));
  return [...ours, ...change.state];
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Promise.withResolvers of newer versions. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
