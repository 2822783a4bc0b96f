import { useSyncExternalStore } from 'react';
import type { Alert, Order, OrderBrief } from '../api/types.ts';
import { refresh } from '../api/use-api.ts';
import { followStream, type LiveMessage } from './channel.ts';

export interface LiveState {
  status: 'connecting' | 'live' | 'reconnecting';
  paused: boolean;
  /** When the connection was lost; 0 while it holds. */
  lost_at: number;
  /** Alerts and orders that came while the page was open. */
  alerts: ReadonlyMap<string, Alert>;
  orders: ReadonlyMap<string, Order>;
  /** Something was missed: the lists have to be read anew. */
  missed: boolean;
}

/** What is kept of a stream; lists are read anew long before. */
const KEPT_MAX = 20_000;
/** The store has a row by then: blocks wait less than this for it. */
const STORED_MS = [400, 1500];

let state: LiveState = {
  status: 'connecting',
  paused: false,
  lost_at: 0,
  alerts: new Map(),
  orders: new Map(),
  missed: false,
};
const listeners = new Set<() => void>();
const waiting: LiveMessage[] = [];
let drawing = 0;

export function startLive(): void {
  followStream((message) => {
    waiting.push(message);
    // A burst is drawn once a frame, not once an alert. A tab in the background has no frames, hence the timer.
    if (drawing === 0) drawing = window.setTimeout(drain, 50);
  });
}

function drain(): void {
  drawing = 0;
  const items = state.paused ? waiting.filter(({ type }) => type === 'status') : waiting.splice(0);
  if (state.paused) waiting.splice(0, waiting.length, ...waiting.filter(({ type }) => type !== 'status'));
  if (items.length === 0) return;
  const alerts = new Map(state.alerts);
  const orders = new Map(state.orders);
  let next: LiveState = { ...state, alerts, orders };
  let moved = false;
  for (const message of items) {
    if (message.type === 'status') next = withStatus(next, message.status);
    else if (message.type === 'reset') next = { ...next, missed: true };
    else if (message.kind === 'alert') keep(alerts, JSON.parse(message.json) as Alert);
    else moved = keepOrder(orders, JSON.parse(message.json) as Order) || moved;
  }
  set(next);
  if (moved)
    for (const ms of STORED_MS)
      setTimeout(refresh, ms, '/api/revocations/', '/api/incidents/', '/api/alerts/', '/api/orders');
}

function withStatus(before: LiveState, status: 'live' | 'reconnecting'): LiveState {
  if (status === 'live') return { ...before, status, lost_at: 0 };
  return { ...before, status, lost_at: before.lost_at || Date.now() };
}

function keep(alerts: Map<string, Alert>, alert: Alert): void {
  if (alerts.size < KEPT_MAX) alerts.set(alert.alert_id, alert);
}

function keepOrder(orders: Map<string, Order>, order: Order): boolean {
  const known = orders.get(order.order_id);
  if (known !== undefined && known.seq >= order.seq) return false;
  if (known !== undefined || orders.size < KEPT_MAX) orders.set(order.order_id, order);
  return true;
}

function set(next: LiveState): void {
  state = next;
  for (const listener of listeners) listener();
}

export function setPaused(paused: boolean): void {
  set({ ...state, paused });
  if (!paused) drain();
}

/** What is on the lists now has been read from the store. */
export function forget(what: 'alerts' | 'orders', ids: Iterable<string>): void {
  const kept = new Map<string, unknown>(state[what]);
  for (const id of ids) kept.delete(id);
  if (kept.size !== state[what].size || state.missed) set({ ...state, [what]: kept, missed: false } as LiveState);
}

export function useLive(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** The orders of some alerts, with what the stream told of them since the list was read. */
export function patched(orders: readonly OrderBrief[], alert_ids: ReadonlySet<string>, live: LiveState): OrderBrief[] {
  const byId = new Map(orders.map((order) => [order.order_id, order]));
  for (const { order_id, alert_id, state: now, action, mode, time } of live.orders.values()) {
    if (!alert_ids.has(alert_id)) continue;
    const known = byId.get(order_id);
    if (known === undefined || known.changed < time)
      byId.set(order_id, { order_id, alert_id, state: now, action, mode, changed: time });
  }
  return [...byId.values()].sort((a, b) => (a.changed < b.changed ? 1 : -1));
}
