import { terse } from '../event/json.ts';
import type { Store } from '../store/store.ts';
import { encodeCursor, whereOf } from './filters.ts';

const SETTINGS = "SETTINGS date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 0";

export interface Page {
  items: Record<string, unknown>[];
  /** Present when there is more. */
  next_cursor?: string;
}

interface Source {
  from: string;
  time: string;
  id: string;
  /** How a row is shown. */
  show: (row: Record<string, unknown>) => Record<string, unknown>;
}

const whole = (row: Record<string, unknown>) => row;

type Filters = Record<string, unknown> & { limit: number };

export function listAlerts(store: Store, filters: Filters): Promise<Page> {
  return list(store, filters, { from: 'alerts', time: 'time', id: 'alert_id', show: whole });
}

/** Orders, each in its present state. */
export function listRevocations(store: Store, filters: Filters): Promise<Page> {
  return list(store, filters, {
    from: '(SELECT * FROM revocations ORDER BY seq DESC LIMIT 1 BY order_id)',
    time: 'time',
    id: 'order_id',
    show: whole,
  });
}

export function listTimeline(store: Store, agent_id: string, filters: Filters): Promise<Page> {
  return list(store, { ...filters, agent_id }, { from: 'events', time: 'time', id: 'event_id', show: terse });
}

/** The alert with its evidence: the events themselves and the orders it led to; undefined when unknown. */
export async function readAlert(store: Store, alert_id: string): Promise<Record<string, unknown> | undefined> {
  const [alert] = await store.query<Record<string, unknown>>(
    `SELECT * FROM alerts WHERE alert_id = {alert_id:String} LIMIT 1 ${SETTINGS}`,
    { alert_id },
  );
  if (!alert) return undefined;
  const [events, revocations] = await Promise.all([
    store.query<object>(
      `SELECT * FROM events WHERE event_id IN {event_ids:Array(String)} AND producer IN {producers:Array(String)} ORDER BY time, event_id LIMIT 256 ${SETTINGS}`,
      { event_ids: alert.event_ids, producers: alert.producers },
    ),
    store.query(`SELECT * FROM revocations WHERE alert_id = {alert_id:String} ORDER BY order_id, seq ${SETTINGS}`, {
      alert_id,
    }),
  ]);
  return { ...alert, events: events.map(terse), revocations };
}

/** Every transition of one order, oldest first. */
export async function readRevocation(store: Store, order_id: string): Promise<Record<string, unknown> | undefined> {
  const history = await store.query<Record<string, unknown>>(
    `SELECT * FROM revocations WHERE order_id = {order_id:String} ORDER BY seq ${SETTINGS}`,
    { order_id },
  );
  const last = history.at(-1);
  return last && { ...last, history };
}

async function list(store: Store, filters: Filters, source: Source): Promise<Page> {
  const where = whereOf(filters, source);
  const rows = await store.query<Record<string, unknown>>(
    `SELECT * FROM ${source.from} WHERE ${where.sql} ORDER BY ${source.time} DESC, ${source.id} DESC LIMIT {rows:UInt32} ${SETTINGS}`,
    { ...where.params, rows: filters.limit + 1 },
  );
  const items = rows.slice(0, filters.limit);
  const last = items.at(-1);
  if (rows.length <= filters.limit || !last) return { items: items.map(source.show) };
  const next_cursor = encodeCursor(Date.parse(String(last[source.time])), String(last[source.id]));
  return { items: items.map(source.show), next_cursor };
}
