import { SANDBOX, WEIGHT } from '../../incident/risk.ts';
import type { Relation } from '../../triage/index.ts';
import type { Reader } from '../queries.ts';
import { type QueueFilters, type QueuePage, whereOf } from './filters.ts';
import { ordersOf } from './orders.ts';

type Row = Record<string, unknown>;

/** The risk of one alert, as src/incident reckons it. */
const RISK = `round(100 * confidence * if(maturity = 'stable', 1, ${SANDBOX}) *
  transform(toString(severity), [${Object.keys(WEIGHT)
    .map((name) => `'${name}'`)
    .join(', ')}], [${Object.values(WEIGHT).join(', ')}], 0))`;

const SHOWN = `alert_id, time, detected, tenant, detector, maturity, severity, confidence, reason, summary, subject_kind,
  subject, agent_id, session, credential, status, version, assignee, disposition, silenced_by, last_act, last_who,
  last_time`;

const ORDER = { risk: 'risk DESC, time DESC, alert_id', time: 'time DESC, alert_id' };

/** One page of `alerts` with their risk, where triage is, and the present state of what they led to. */
export async function readQueue(store: Reader, alerts: Relation, { sort, offset, limit, ...filters }: QueuePage) {
  const { sql, params } = whereOf(filters);
  const rows = await store.query<Row>(
    `SELECT *, ${RISK} AS risk FROM (SELECT ${SHOWN} FROM ${alerts.sql} WHERE ${sql} LIMIT 1 BY alert_id)
     ORDER BY ${ORDER[sort]} LIMIT {rows:UInt32} OFFSET {skipped:UInt32}`,
    { ...alerts.params, ...params, rows: limit, skipped: offset },
  );
  const orders = await ordersOf(
    store,
    rows.map(({ alert_id }) => String(alert_id)),
  );
  return { items: rows.map((row) => ({ ...row, orders: orders.get(String(row.alert_id)) ?? [] })) };
}

const FACETS = ['status', 'severity', 'detector', 'agent_id', 'assignee'] as const;
const FACET_VALUES_MAX = 50;

/** How many alerts there are, in all and by value. A field's own filter does not narrow its values: they stay to choose from. */
export async function readFacets(store: Reader, alerts: Relation, filters: QueueFilters) {
  const count = async () => {
    const { sql, params } = whereOf(filters);
    const [row] = await store.query<{ n: number }>(
      `SELECT toUInt32(uniqExact(alert_id)) AS n FROM ${alerts.sql} WHERE ${sql}`,
      { ...alerts.params, ...params },
    );
    return row?.n ?? 0;
  };
  const values = async (field: (typeof FACETS)[number]) => {
    const { sql, params } = whereOf({ ...filters, [field]: undefined });
    const rows = await store.query<{ value: string; n: number }>(
      `SELECT ${field} AS value, toUInt32(uniqExact(alert_id)) AS n FROM ${alerts.sql} WHERE ${sql} AND ${field} != ''
       GROUP BY value ORDER BY n DESC, value LIMIT {rows:UInt32}`,
      { ...alerts.params, ...params, rows: FACET_VALUES_MAX },
    );
    return [field, rows] as const;
  };
  const [total, ...facets] = await Promise.all([count(), ...FACETS.map(values)]);
  return { total, ...Object.fromEntries(facets) };
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 30, 90, 365].map((n) => n * DAY),
];
const BUCKETS_MAX = 60;

/** Alerts over time, by severity, in round steps between the first and the last of them. */
export async function readHistogram(store: Reader, alerts: Relation, filters: QueueFilters) {
  const { sql, params } = whereOf(filters);
  const [extent] = await store.query<{ n: number; first_ms: number; last_ms: number }>(
    `SELECT toUInt32(count()) AS n, toFloat64(toUnixTimestamp64Milli(min(time))) AS first_ms,
       toFloat64(toUnixTimestamp64Milli(max(time))) AS last_ms FROM ${alerts.sql} WHERE ${sql}`,
    { ...alerts.params, ...params },
  );
  if (extent === undefined || extent.n === 0) return { step_ms: 0, buckets: [] };
  const { first_ms, last_ms } = extent;
  const step_ms = STEPS_MS.find((step) => last_ms - first_ms < step * (BUCKETS_MAX - 1)) ?? STEPS_MS.at(-1)!;
  const rows = await store.query<{ at_ms: number; level: string; n: number }>(
    `SELECT toFloat64(intDiv(toUnixTimestamp64Milli(time), {step_ms:Int64}) * {step_ms:Int64}) AS at_ms,
       toString(severity) AS level, toUInt32(uniqExact(alert_id)) AS n
     FROM ${alerts.sql} WHERE ${sql} GROUP BY at_ms, level ORDER BY at_ms`,
    { ...alerts.params, ...params, step_ms },
  );
  const from = Math.floor(first_ms / step_ms) * step_ms;
  const length = Math.floor((last_ms - from) / step_ms) + 1;
  const buckets = Array.from({ length }, (_, i) => ({
    at: new Date(from + i * step_ms).toISOString(),
    counts: {} as Row,
  }));
  for (const { at_ms, level, n } of rows) {
    const bucket = buckets[Math.round((at_ms - from) / step_ms)];
    if (bucket !== undefined) bucket.counts[level] = n;
  }
  return { step_ms, buckets };
}
