import assert from 'node:assert';
import type { Order, OrderState } from '../order/order.ts';

/** Which states may follow a state. No state is ever returned to, except that an attempt may follow an attempt. */
export const NEXT: Readonly<Record<OrderState, readonly OrderState[]>> = {
  observed: [],
  proposed: ['held', 'sent', 'failed', 'expired'],
  /** `held` again: one of several approvals. */
  held: ['held', 'sent', 'failed', 'expired'],
  /** `sent` again: the next attempt. `confirmed`: the stream proved it before the receiver answered. */
  sent: ['sent', 'accepted', 'confirmed', 'failed'],
  accepted: ['confirmed', 'failed', 'expired', 'undo_requested'],
  /** `failed`: refused once and used again all the same. */
  confirmed: ['failed', 'expired', 'undo_requested'],
  failed: ['escalated', 'irrevocable'],
  /** Until a person tries again. */
  irrevocable: ['escalated'],
  escalated: ['sent', 'failed'],
  /** `undo_requested` again: the next attempt. */
  undo_requested: ['undo_requested', 'undone'],
  undone: [],
  expired: [],
};

/** States in which an order may begin. */
export const FIRST: readonly OrderState[] = ['observed', 'proposed'];

export type OrderHead = Omit<Order, 'seq' | 'state' | 'time' | 'who' | 'why' | keyof StepFields>;
type StepFields = Pick<Order, 'receiver' | 'attempt' | 'http_status' | 'proof' | 'can_undo'>;

/** What a transition says; everything else of the row stays as it was. */
export type Step = { state: OrderState } & Pick<Order, 'time' | 'who' | 'why'> & Partial<StepFields>;

export function allowed(from: OrderState | undefined, to: OrderState): boolean {
  return (from === undefined ? FIRST : NEXT[from]).includes(to);
}

/** First row of an order. */
export function begin(head: OrderHead, step: Step): Order {
  assert(allowed(undefined, step.state), `An order cannot begin as ${step.state}`);
  return { receiver: '', attempt: 0, http_status: 0, proof: '', can_undo: 0, ...head, ...step, seq: 0 };
}

/** Row that follows `order`. A step that the machine does not allow is a programmer error. */
export function advance(order: Order, step: Step): Order {
  assert(allowed(stateOf(order), step.state), `Order ${order.order_id} cannot go from ${order.state} to ${step.state}`);
  return { ...order, http_status: 0, ...step, seq: order.seq + 1 };
}

export function stateOf(order: Order): OrderState {
  return order.state as OrderState;
}
