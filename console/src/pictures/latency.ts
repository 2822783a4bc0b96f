import type { OrderRow } from '../api/types.ts';

export interface Dot {
  order_id: string;
  at: number;
  /** From the event being durable to the proof; undefined where there is none (yet). */
  ms: number | undefined;
  is_failed: boolean;
  state: OrderRow['state'];
}

const FAILED = new Set(['failed', 'irrevocable', 'escalated']);

/** One dot for each order that left. */
export function dotsOf(orders: readonly OrderRow[]): Dot[] {
  return orders.flatMap(({ order_id, created, steps, event_appended_ms, state }) => {
    if (steps.sent === undefined) return [];
    const done = steps.confirmed === undefined ? undefined : Date.parse(steps.confirmed) - event_appended_ms;
    const ms = event_appended_ms > 0 && done !== undefined ? Math.max(1, done) : undefined;
    return [{ order_id, at: Date.parse(created), ms, is_failed: FAILED.has(state), state }];
  });
}

/** Nearest rank, as the sample's own figures. */
export function quantile(values: readonly number[], q: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}
