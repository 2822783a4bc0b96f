import type { Logger } from 'pino';
import type { Metrics } from '../metrics/metrics.ts';
import type { RespondConfig } from './config.ts';
import type { Entry } from './ledger.ts';
import type { Asked } from './orders.ts';
import type { RevokeResult } from './revoker.ts';
import type { Receivers } from './route.ts';

export interface OutboxDeps {
  receivers: Receivers;
  config: RespondConfig;
  metrics: Metrics;
  logger: Logger;
  clock: () => number;
  answered(entry: Entry, asked: Asked, result: RevokeResult): void;
}

export interface Outbox {
  /** Asks the order's receiver after a wait. The order must be durable. One call, one attempt. */
  push(entry: Entry, wait_ms: number): void;
  /** While paused nothing leaves; what is waiting stays. */
  pause(on: boolean): void;
  status(): Record<string, { waiting: number; queued: number; open: number }>;
  /** Lets open requests be answered for a while, then gives them up; they are made again after a restart. */
  close(): Promise<void>;
}

interface Lane {
  receiver: string;
  queue: Entry[];
  open: Set<AbortController>;
  timers: Set<NodeJS.Timeout>;
}

/** A timer that is set to more fires at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** A queue per receiver, so that one that is dead or slow holds nobody else up. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const { config } = deps;
  const lanes = new Map<string, Lane>();
  let paused = false;
  let closed = false;
  // What was asked before a restart would measure the outage.
  const started = deps.clock();
  let onIdle = () => {};

  const pump = (lane: Lane) => {
    while (!paused && !closed && lane.open.size < config.receiver_concurrency_max) {
      const entry = lane.queue.shift();
      if (entry === undefined) return;
      const request = new AbortController();
      const asked_for = entry.order.state === 'undo_requested' ? 'undo_requested' : 'sent';
      lane.open.add(request);
      void attempt(deps, lane, entry, request, started).then((result) => {
        lane.open.delete(request);
        // Still within the same turn, so that a request that is not open any more has been told of.
        if (!closed || result.status === 'accepted')
          deps.answered(entry, { receiver: lane.receiver, asked_for }, result);
        if (lane.open.size === 0) onIdle();
        pump(lane);
      });
    }
  };
  const enqueue = (lane: Lane, entry: Entry) => {
    lane.queue.push(entry);
    pump(lane);
  };
  const openRequests = () => [...lanes.values()].flatMap((lane) => [...lane.open]);

  return {
    push(entry, wait_ms) {
      if (closed) return;
      const lane = laneOf(lanes, entry.order.receiver);
      if (wait_ms <= 0) return enqueue(lane, entry);
      const timer = setTimeout(
        () => {
          lane.timers.delete(timer);
          enqueue(lane, entry);
        },
        Math.min(wait_ms, TIMER_MAX_MS),
      );
      lane.timers.add(timer);
    },
    pause(on) {
      paused = on;
      for (const lane of lanes.values()) pump(lane);
    },
    status: () =>
      Object.fromEntries(
        [...lanes].map(([receiver, { timers, queue, open }]) => [
          receiver,
          { waiting: timers.size, queued: queue.length, open: open.size },
        ]),
      ),
    async close() {
      closed = true;
      for (const { timers } of lanes.values()) for (const timer of timers) clearTimeout(timer);
      if (openRequests().length === 0) return;
      const giveUp = setTimeout(() => {
        for (const request of openRequests()) request.abort();
      }, config.close_ms);
      await new Promise<void>((resolve) => {
        onIdle = () => {
          if (openRequests().length === 0) resolve();
        };
      });
      clearTimeout(giveUp);
    },
  };
}

function laneOf(lanes: Map<string, Lane>, receiver: string): Lane {
  let lane = lanes.get(receiver);
  if (lane === undefined) {
    lane = { receiver, queue: [], open: new Set(), timers: new Set() };
    lanes.set(receiver, lane);
  }
  return lane;
}

/** One request. Never rejects, and never takes longer than the timeout, whatever the receiver's code does. */
async function attempt(
  deps: OutboxDeps,
  lane: Lane,
  entry: Entry,
  request: AbortController,
  started: number,
): Promise<RevokeResult> {
  const { config, metrics, logger, clock } = deps;
  const receiver = deps.receivers.get(lane.receiver);
  if (receiver === undefined)
    return { status: 'failed', detail: `Receiver ${lane.receiver} is not configured any more` };
  const timeout = setTimeout(() => request.abort(), config.attempt_timeout_ms);
  try {
    const { attempt, event_appended, state } = entry.order;
    const order = { ...entry.order, why: entry.why, time: entry.asked_at };
    const isBack = state === 'undo_requested';
    const answer = isBack ? receiver.undo?.(order, request.signal) : receiver.revoke(order, request.signal);
    if (answer === undefined) return { status: 'failed', detail: `Receiver ${lane.receiver} cannot undo` };
    if (!isBack && attempt === 1 && entry.at === 0 && event_appended > 0 && entry.asked_at >= started)
      metrics.eventToOrderMs.observe({ receiver: lane.receiver }, clock() - event_appended);
    return await Promise.race([answer, aborted(request.signal)]);
  } catch (error) {
    logger.error({ err: error, receiver: lane.receiver, order_id: entry.order.order_id }, 'a revoker threw');
    return { status: 'retry', detail: 'The revoker failed' };
  } finally {
    clearTimeout(timeout);
  }
}

function aborted(signal: AbortSignal): Promise<RevokeResult> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ status: 'retry', detail: 'No answer in time' }), { once: true });
  });
}
