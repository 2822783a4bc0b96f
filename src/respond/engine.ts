import type { Logger } from 'pino';
import type { Column } from '../event/field.ts';
import { wallClock } from '../log/clock.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createCaps } from './caps.ts';
import type { RespondConfig } from './config.ts';
import { type Course, newCourse, type OrdersDeps } from './course.ts';
import { createFleet, type Fleet } from './fleet.ts';
import type { GuardContext } from './guards.ts';
import { createJournal, type Journal } from './journal.ts';
import { createLedger } from './ledger.ts';
import { answered } from './orders.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { Policy } from './policy.ts';
import type { Receivers } from './route.ts';
import { createSignals, type Signals } from './signals.ts';

export interface RespondDeps {
  log: Log;
  policy: Policy;
  receivers: Receivers;
  config: RespondConfig;
  metrics: Metrics;
  logger: Logger;
  /** Columns of the credentials topic; they should contain RESPOND_COLUMNS. */
  credentialColumns: readonly Column[];
  /** Epoch ms; the wall clock where absent. */
  clock?: () => number;
  /** 0 up to 1, for jitter; Math.random where absent. */
  random?: () => number;
}

export interface Pause {
  who: string;
  why: string;
  since: number;
}

/** What the tasks of the response share. */
export interface Engine extends OrdersDeps {
  log: Log;
  policy: Policy;
  fleet: Fleet;
  signals: Signals;
  journal: Journal;
  outbox: Outbox;
  paused: Pause | undefined;
  /** Makes the outcome durable, and only then lets orders leave. */
  commit(course: Course): Promise<void>;
}

export const RESPOND_GROUP = 'respond';

export function createEngine(deps: RespondDeps): Engine {
  const { log, config, logger, clock = wallClock(), random = Math.random } = deps;
  const journal = createJournal(log, deps.credentialColumns, logger);
  const orders: OrdersDeps = { ...deps, clock, random, ledger: createLedger(), caps: createCaps() };
  const commit = async ({ outcome }: Course) => {
    await journal.write(outcome.change);
    for (const { entry, wait_ms } of outcome.send) outbox.push(entry, wait_ms);
  };
  const outbox = createOutbox({
    ...orders,
    answered(entry, asked, result) {
      const course = newCourse(orders);
      answered(course, entry, asked, result);
      // A log that refuses for good ends the whole response by journal.broken.
      commit(course).catch((error: unknown) => logger.error({ err: error }, 'an answer could not be written'));
    },
  });
  const fleet = createFleet(config.fleet_window_ms, config.fleet_agents_max);
  const signals = createSignals(config.signals_max);
  return { ...orders, log, policy: deps.policy, fleet, signals, journal, outbox, paused: undefined, commit };
}

export type GuardParts = Pick<Engine, 'policy' | 'ledger' | 'caps' | 'paused' | 'fleet' | 'config' | 'clock'>;

export function guardContext(engine: GuardParts): GuardContext {
  const { policy, ledger, caps, paused, fleet, config } = engine;
  const now = engine.clock();
  return {
    policy,
    ledger,
    caps,
    paused,
    now,
    repeat_after_ms: config.repeat_after_ms,
    fleet: (tenant) => fleet.size(tenant, now),
  };
}
