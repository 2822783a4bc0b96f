import { pino } from 'pino';
import type { Alert } from '../alert/alert.ts';
import { Frame } from '../event/frame/index.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createCaps } from '../respond/caps.ts';
import { newCourse } from '../respond/course.ts';
import { decide, type Proposal } from '../respond/decide.ts';
import { guardContext } from '../respond/engine.ts';
import { createFleet } from '../respond/fleet.ts';
import { guard } from '../respond/guards.ts';
import { createLedger } from '../respond/ledger.ts';
import { answered, open } from '../respond/orders.ts';
import { noteAgents } from '../respond/verify.ts';
import type { BacktestOptions } from './backtest.ts';

/** An order of a rehearsal. */
export interface Rehearsed {
  order_id: string;
  /** Epoch ms of the log's clock. */
  time: number;
  tenant: string;
  alert_id: string;
  detector: string;
  rule: string;
  action: string;
  target_kind: string;
  target: string;
  agent_id: string;
  /** `taken`: it would have gone out; `held`: a person would have been asked; `observed`, `failed`: nothing would have happened. */
  outcome: 'taken' | 'held' | 'observed' | 'failed';
  why: string;
}

export interface Rehearsal {
  /** Counts who used credentials: the fleet that a cap is a share of. */
  live(frame: Buffer, now: number): void;
  /** Orders that the alert leads to. */
  alert(alert: Alert, now: number): Rehearsed[];
}

/** Decisions, guards and orders as in production, without a log and with receivers that say yes at once. */
export function createRehearsal({ policy, config, receivers }: BacktestOptions): Rehearsal {
  let now = 0;
  const deps = {
    policy,
    config,
    receivers,
    ledger: createLedger(),
    caps: createCaps(),
    fleet: createFleet(config.fleet_window_ms, config.fleet_agents_max),
    paused: undefined,
    metrics: createMetrics(),
    logger: pino({ level: 'silent' }),
    clock: () => now,
    random: () => 0,
  };

  const begin = (proposal: Proposal): Rehearsed[] => {
    const verdict = guard(proposal, guardContext(deps));
    if ('none' in verdict) return [];
    const course = newCourse(deps);
    open(course, proposal, verdict);
    const entry = deps.ledger.get(proposal.head.order_id);
    if (entry === undefined) return [];
    const { state } = entry.order;
    if (state === 'sent')
      answered(course, entry, { receiver: entry.order.receiver, asked_for: 'sent' }, { status: 'accepted' });
    const { order_id, tenant, alert_id, detector, rule, action, target_kind, target, agent_id } = entry.order;
    const outcome = state === 'sent' ? 'taken' : state === 'held' || state === 'observed' ? state : 'failed';
    const why = state === 'sent' ? proposal.why : course.outcome.change.orders.at(-1)!.why;
    return [
      { order_id, time: now, tenant, alert_id, detector, rule, action, target_kind, target, agent_id, outcome, why },
    ];
  };

  return {
    live(frame, at) {
      now = at;
      noteAgents(deps.fleet, Frame.decode(frame), at);
    },
    alert(alert, at) {
      now = at;
      return (decide(alert, deps).orders ?? []).flatMap(begin);
    },
  };
}
