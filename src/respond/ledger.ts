import type { Order, OrderState } from '../order/order.ts';
import type { OrderHead } from './machine.ts';
import { stateOf } from './machine.ts';

/** One order and what is needed to go on with it after a restart. Plain data: kept in the log's state as JSON. */
export interface Entry {
  /** Its last row. */
  order: Order;
  /** What the receiver is told; the same at every attempt. */
  why: string;
  /** Receivers of the rule that can do it, in order, and which one is asked. */
  receivers: string[];
  /** Who reported the evidence. */
  producers: string[];
  at: number;
  proof: 'stream' | 'receiver';
  grace_ms: number;
  hold_ms: number;
  /** Guard that holds it, '' where none. */
  held_by: string;
  proposed_at: number;
  /** When it was first sent to anybody, and when to the present receiver; 0 where not. */
  sent_at: number;
  asked_at: number;
  accepted_at: number;
  /** Event that proves it although no receiver has answered yet. */
  early_proof: string;
  /** Detectors have been told. */
  told: boolean;
  /** How many people must say yes to a held order, and who has. */
  approvals_min: number;
  approved_by: string[];
  /** A suspension is taken back by itself this long after it was accepted; 0: never. */
  suspend_ms: number;
  /** No further attempt to undo is made until a person asks again. */
  undo_given_up: boolean;
  /** Who asked to take it back: a person, policy for the end of a suspension, or '' for nobody. */
  undo_by: string;
}

/** Present orders by id, by target and by watched credential. What the log's state holds is what stands here. */
export interface Ledger {
  readonly size: number;
  get(order_id: string): Entry | undefined;
  /** The newest order for the same tenant, target and action. */
  current(head: Target): Entry | undefined;
  /** Orders on this credential of any tenant whose later use says something. */
  watched(credential: string): ReadonlySet<Entry> | undefined;
  all(): IterableIterator<Entry>;
  put(entry: Entry): void;
  forget(entry: Entry): void;
}

type Target = Pick<OrderHead, 'tenant' | 'target_kind' | 'target' | 'action'>;

const WATCHED_ACTIONS: readonly string[] = ['revoke', 'suspend'];
const OPEN: readonly OrderState[] = ['proposed', 'held', 'sent', 'escalated', 'undo_requested'];

export function createLedger(): Ledger {
  const entries = new Map<string, Entry>();
  const byTarget = new Map<string, Entry>();
  const byCredential = new Map<string, Set<Entry>>();

  return {
    get size() {
      return entries.size;
    },
    get: (order_id) => entries.get(order_id),
    current: (head) => byTarget.get(keyOf(head)),
    watched: (credential) => byCredential.get(credential),
    all: () => entries.values(),
    put(entry) {
      const { order } = entry;
      entries.set(order.order_id, entry);
      const known = byTarget.get(keyOf(order));
      if (known === undefined || known.proposed_at <= entry.proposed_at) byTarget.set(keyOf(order), entry);
      if (!isWatchable(order)) return;
      const set = byCredential.get(order.target);
      if (set === undefined) byCredential.set(order.target, new Set([entry]));
      else set.add(entry);
    },
    forget(entry) {
      const { order } = entry;
      entries.delete(order.order_id);
      if (byTarget.get(keyOf(order)) === entry) byTarget.delete(keyOf(order));
      const set = byCredential.get(order.target);
      set?.delete(entry);
      if (set?.size === 0) byCredential.delete(order.target);
    },
  };
}

/** Something is still to be done for it. */
export function isOpen(entry: Entry): boolean {
  return OPEN.includes(stateOf(entry.order));
}

/** When the order came to where it is: from here it is kept, and holds off others. */
export function settledAt(entry: Entry): number {
  return entry.order.time;
}

function isWatchable(order: Order): boolean {
  return order.target_kind === 'credential' && order.mode !== 'observe' && WATCHED_ACTIONS.includes(order.action);
}

function keyOf({ tenant, target_kind, target, action }: Target): string {
  return JSON.stringify([tenant, target_kind, target, action]);
}
