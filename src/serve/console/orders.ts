import type { Reader } from '../queries.ts';
import { type OrderFilters, whereOf } from './filters.ts';

type Row = Record<string, unknown>;

/** An order in short: what is asked for, and how far it is. */
export interface OrderBrief {
  order_id: string;
  alert_id: string;
  state: string;
  action: string;
  mode: string;
  changed: string;
}

/** The orders that alerts led to, by alert, newest first. */
export async function ordersOf(store: Reader, alert_ids: readonly string[]): Promise<Map<string, OrderBrief[]>> {
  const orders = new Map<string, OrderBrief[]>();
  if (alert_ids.length === 0) return orders;
  const rows = await store.query<OrderBrief>(
    `SELECT order_id, alert_id, state, action, mode, time AS changed FROM revocations
     WHERE alert_id IN {alert_ids:Array(String)} ORDER BY order_id, seq DESC LIMIT 1 BY order_id`,
    { alert_ids },
  );
  for (const row of rows.sort((a, b) => (a.changed < b.changed ? 1 : -1)))
    orders.set(row.alert_id, [...(orders.get(row.alert_id) ?? []), row]);
  return orders;
}

/** When an order reached a state for the first time; absent where it never did. */
const STEPS = ['held', 'sent', 'accepted', 'confirmed', 'failed', 'undo_requested', 'undone'] as const;
const SAME = [
  'alert_id',
  'detector',
  'rule',
  'mode',
  'action',
  'target_kind',
  'target',
  'agent_id',
  'credential',
  'tenant',
];
const LAST = ['state', 'who', 'why', 'receiver', 'attempt', 'http_status', 'proof', 'can_undo'];

/** Orders, newest first, each in its present state with the times of its steps. */
export async function readOrders(store: Reader, { limit, ...filters }: OrderFilters) {
  const { sql, params } = whereOf(filters, 'created');
  const columns = [
    'order_id',
    'min(r.time) AS created',
    'max(r.time) AS changed',
    'max(r.event_appended) AS event_appended_ms',
    ...SAME.map((name) => `any(r.${name}) AS ${name}`),
    ...LAST.map((name) => `argMax(r.${name}, r.seq) AS ${name}`),
    ...STEPS.map((step) => `minIf(r.time, r.state = '${step}') AS at_${step}`),
    `groupUniqArray(r.state) AS passed`,
  ];
  const rows = await store.query<Row>(
    `SELECT * FROM (SELECT ${columns.join(', ')} FROM revocations AS r GROUP BY order_id)
     WHERE ${sql} ORDER BY created DESC, order_id LIMIT {rows:UInt32}`,
    { ...params, rows: limit + 1 },
  );
  return { items: rows.slice(0, limit).map(withSteps), truncated: rows.length > limit };
}

function withSteps({ passed, ...row }: Row): Row {
  const reached = new Set(passed as string[]);
  const steps = STEPS.filter((step) => reached.has(step)).map((step) => [step, row[`at_${step}`]]);
  const rest = Object.entries(row).filter(([name]) => !name.startsWith('at_'));
  return { ...Object.fromEntries(rest), steps: Object.fromEntries(steps) };
}
