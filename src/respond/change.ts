import type { Act } from '../act/act.ts';
import type { Alert } from '../alert/alert.ts';
import type { AgentEvent } from '../event/event.ts';
import type { Commit, StateWrite } from '../log/log.ts';
import type { Order } from '../order/order.ts';
import type { Entry } from './ledger.ts';

/** What has to become durable together: all of it or nothing. */
export interface Change {
  /** Transitions, oldest first. */
  orders: Order[];
  /** Entries as they are after those transitions. */
  kept: Entry[];
  forgotten: Entry[];
  alerts: Alert[];
  /** What people did. */
  acts: Act[];
  /** Events that tell detectors what Tripline did. */
  events: AgentEvent[];
  commits: Commit[];
  state: StateWrite[];
}

export function newChange(): Change {
  return { orders: [], kept: [], forgotten: [], alerts: [], acts: [], events: [], commits: [], state: [] };
}

export function isEmpty(change: Change): boolean {
  return Object.values(change).every((part: unknown[]) => part.length === 0);
}

/** Adds `more` to `change`, which comes before it. */
export function join(change: Change, more: Change): void {
  for (const part of Object.keys(change) as (keyof Change)[]) {
    const into: unknown[] = change[part];
    for (const item of more[part]) into.push(item);
  }
}
