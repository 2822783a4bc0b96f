import type { Logger } from 'pino';
import type { Alert } from '../alert/alert.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Order } from '../order/order.ts';
import type { Caps, Weighed } from './caps.ts';
import { type Change, newChange } from './change.ts';
import type { RespondConfig } from './config.ts';
import type { Entry, Ledger } from './ledger.ts';
import { advance, type Step } from './machine.ts';
import { failureNotice, reinstatedEvent, revokedEvent, type Use } from './notices.ts';
import type { Receivers } from './route.ts';
import { waitBefore } from './schedule.ts';

export interface OrdersDeps {
  ledger: Ledger;
  caps: Caps;
  receivers: Receivers;
  config: RespondConfig;
  metrics: Metrics;
  logger: Logger;
  clock: () => number;
  /** 0 up to 1: jitter. */
  random: () => number;
}

/** What has to become durable, and which orders may leave after that. */
export interface Outcome {
  change: Change;
  send: { entry: Entry; wait_ms: number }[];
}

/** The moves of an order. All of them are synchronous: they change the ledger and add to the outcome. */
export interface Course extends OrdersDeps {
  outcome: Outcome;
}

export function newCourse(deps: OrdersDeps): Course {
  return { ...deps, outcome: { change: newChange(), send: [] } };
}

export function step(course: Course, entry: Entry, what: Omit<Step, 'time'>): void {
  entry.order = advance(entry.order, { ...what, time: course.clock() });
  record(course, entry);
}

export function record({ outcome, metrics, logger }: Course, entry: Entry): void {
  const { order } = entry;
  outcome.change.orders.push(order);
  outcome.change.kept.push(entry);
  metrics.orders.inc({ state: order.state, receiver: order.receiver });
  const { order_id, state, target_kind, target, receiver, why } = order;
  logger.info({ order_id, state, target_kind, target, receiver, why }, 'order');
}

export function notice({ outcome, metrics }: Course, alert: Alert): void {
  outcome.change.alerts.push(alert);
  metrics.alerts.inc({ detector: alert.detector, severity: alert.severity });
}

/** Asks the receiver at `entry.at`. */
export function ask(course: Course, entry: Entry, who: string, why: string): void {
  const now = course.clock();
  step(course, entry, { state: 'sent', who, why, receiver: entry.receivers[entry.at]!, attempt: 1 });
  entry.held_by = '';
  entry.asked_at = now;
  entry.accepted_at = 0;
  entry.early_proof = '';
  if (entry.sent_at === 0) {
    entry.sent_at = now;
    course.caps.count(entry.order.rule, weightOf(entry), now);
  }
  course.outcome.send.push({ entry, wait_ms: waitBefore(1, course.config, 0) });
}

/** What an order counts against in the caps. */
export function weightOf({ order, receivers, producers }: Entry): Weighed {
  return { tenant: order.tenant, receiver: receivers[0] ?? '', producers };
}

/** The present receiver did not do it: on to the next one, or somebody has to be told. */
export function fail(
  course: Course,
  entry: Entry,
  cause: Pick<Order, 'who' | 'why'> & { http_status?: number; proof?: string; use?: Use },
): void {
  const { use, ...failed } = cause;
  const from = entry.order.receiver;
  step(course, entry, { state: 'failed', ...failed });
  const next = entry.receivers[entry.at + 1];
  if (use !== undefined || next === undefined) {
    const failure = { from, next, why: cause.why, use };
    notice(course, failureNotice(entry, course.clock(), course.config.retry_limit_ms, failure));
  }
  if (next === undefined) {
    step(course, entry, { state: 'irrevocable', who: failed.who, why: 'No receiver is left' });
    return;
  }
  entry.at += 1;
  const why = `${from} failed, ${next} is next`;
  step(course, entry, { state: 'escalated', who: cause.who, why, receiver: next, attempt: 0, proof: '', can_undo: 0 });
  ask(course, entry, cause.who, entry.why);
}

/** Proven by the stream, or by the receiver where the rule lets that count. */
export function confirm(course: Course, entry: Entry, who: string, why: string, proof: string): void {
  step(course, entry, { state: 'confirmed', who, why, proof });
  if (entry.accepted_at === 0) entry.accepted_at = course.clock();
  tell(course, entry);
  course.metrics.orderToConfirmedMs.observe({ receiver: entry.order.receiver }, course.clock() - entry.asked_at);
}

/** The receiver is asked to take it back; `attempt` counts from 1. */
export function askBack(course: Course, entry: Entry, said: Pick<Order, 'who' | 'why'> & { attempt: number }): void {
  step(course, entry, { state: 'undo_requested', ...said });
  entry.undo_given_up = false;
  course.outcome.send.push({ entry, wait_ms: waitBefore(said.attempt, course.config, course.random()) });
}

/** Somebody wants it taken back. */
export function takeBack(course: Course, entry: Entry, said: Pick<Order, 'who' | 'why'>): void {
  entry.undo_by = said.who;
  askBack(course, entry, { ...said, attempt: 1 });
}

/** It was taken back: detectors are told, if they were told that it was taken away. */
export function undone(course: Course, entry: Entry, who: string, why: string): void {
  step(course, entry, { state: 'undone', who, why });
  if (entry.told) course.outcome.change.events.push(reinstatedEvent(entry, course.clock()));
}

/** Detectors are told once that a credential was taken away. */
export function tell(course: Course, entry: Entry): void {
  const { order } = entry;
  if (entry.told || order.target_kind !== 'credential' || !TAKEN_AWAY.includes(order.action)) return;
  entry.told = true;
  course.outcome.change.events.push(revokedEvent(entry, course.clock()));
}

const TAKEN_AWAY: readonly string[] = ['revoke', 'suspend'];
