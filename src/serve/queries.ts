import { terse } from '../event/json.ts';
import type { Store } from '../store/store.ts';
import type { List } from './list.ts';

export type Reader = Pick<Store, 'query'>;
type Row = Record<string, unknown>;

const whole = (row: Row) => row;

function without({ row_hash: _, ...row }: Row): Row {
  return row;
}

export const ALERTS: List = { name: 'alerts', from: 'alerts', time: 'time', ids: ['alert_id'], show: whole };

/**
 * Orders, each in its present state. They go by when they were made: the time of their last transition moves, and an
 * order that moved while somebody pages would be on no page.
 */
export const REVOCATIONS: List = {
  name: 'revocations',
  from: `(SELECT *, min(time) OVER (PARTITION BY order_id) AS created FROM revocations
    ORDER BY order_id, seq DESC LIMIT 1 BY order_id)`,
  time: 'created',
  ids: ['order_id'],
  show: whole,
};

export const TIMELINE: List = {
  name: 'timeline',
  from: 'events',
  time: 'time',
  ids: ['event_id', 'producer'],
  show: terse,
};

/** Rejects and gaps have no id: a row is told from others by all that it says. */
const hashed = (table: string) => `(SELECT *, toString(cityHash64(*)) AS row_hash FROM ${table})`;

export const REJECTS: List = {
  name: 'rejects',
  from: hashed('rejects'),
  time: 'time',
  ids: ['row_hash'],
  show: without,
};

export const GAPS: List = {
  name: 'gaps',
  from: hashed('coverage_gaps'),
  time: 'recorded',
  ids: ['row_hash'],
  show: without,
};

/**
 * The alert with its evidence: the events themselves and the orders it led to; undefined when unknown. Events that are
 * not in the store, not yet or no longer, are named in `events_missing`.
 */
export async function readAlert(store: Reader, alert_id: string): Promise<Row | undefined> {
  const [alert] = await store.query<Row>('SELECT * FROM alerts WHERE alert_id = {alert_id:String} LIMIT 1', {
    alert_id,
  });
  if (!alert) return undefined;
  const event_ids = alert.event_ids as string[];
  const [events, revocations] = await Promise.all([
    store.query<Row>(
      `SELECT * FROM events WHERE tenant = {tenant:String} AND event_id IN {event_ids:Array(String)}
        AND producer IN {producers:Array(String)} ORDER BY time, event_id LIMIT 1 BY event_id, producer LIMIT 512`,
      { tenant: alert.tenant, event_ids, producers: alert.producers },
    ),
    store.query('SELECT * FROM revocations WHERE alert_id = {alert_id:String} ORDER BY order_id, seq', { alert_id }),
  ]);
  const found = new Set(events.map((event) => event.event_id));
  const events_missing = event_ids.filter((id) => !found.has(id));
  return { ...alert, events: events.map(terse), events_missing, revocations };
}

/** Every transition of one order, oldest first. */
export async function readRevocation(store: Reader, order_id: string): Promise<Row | undefined> {
  const history = await store.query<Row>(
    'SELECT * FROM revocations WHERE order_id = {order_id:String} ORDER BY seq LIMIT 1 BY seq LIMIT 1000',
    { order_id },
  );
  const last = history.at(-1);
  return last && { ...last, history };
}
