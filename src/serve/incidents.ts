import { incidentsOf, LENGTH_MAX_MS } from '../incident/group.ts';
import type { Incident, Part } from '../incident/incident.ts';
import type { Relation, Status } from '../triage/index.ts';
import { ordersOf } from './console/orders.ts';
import type { Filters } from './filters.ts';
import { instant, storable } from './list.ts';
import type { Reader } from './queries.ts';

/** Alerts read for one answer; of more, the newest. */
const ALERTS_MAX = 20_000;
const ID_PREFIX = 'inc_';

const COLUMNS = `alert_id, time, tenant, detector, maturity, severity, confidence, reason, summary, subject_kind, subject,
  agent_id, agent_parent, session, credential, status, assignee`;

/** An alert of an incident, and where its triage is. */
type Seen = Part & { status: Status; assignee: string };

type Shown = Record<string, unknown>;

interface Incidents {
  items: Shown[];
  truncated: boolean;
  more: boolean;
}

/**
 * Incidents that have an alert between `from` and `to`, newest first, with what they led to. `truncated` says that there were more alerts than
 * are read for one answer, so that the oldest incidents are missing or cut; `more`, that older incidents were left out.
 */
export async function readIncidents(store: Reader, alerts: Relation, filters: Filters): Promise<Incidents> {
  const from = filters.from === undefined ? undefined : Date.parse(filters.from);
  const parts = await read(store, alerts, filters.tenant, {
    from: from === undefined ? undefined : from - LENGTH_MAX_MS,
    to: filters.to === undefined ? undefined : Date.parse(filters.to),
    as_of: typeof filters.as_of === 'string' ? Date.parse(filters.as_of) : undefined,
  });
  const standing = standingOf(parts);
  const statuses = filters.status as readonly Status[] | undefined;
  const incidents = incidentsOf(parts.slice(0, ALERTS_MAX))
    .filter(({ last }) => from === undefined || last >= from)
    .filter((incident) => statuses === undefined || statuses.some((status) => standing(incident).statuses[status]));
  const asked = incidents.slice(0, filters.limit);
  const orders = await ordersOf(store, asked.flatMap(alertIds));
  const items = asked.map((incident) => ({
    ...shown(incident),
    ...standing(incident),
    orders: alertIds(incident).flatMap((alert_id) => orders.get(alert_id) ?? []),
  }));
  return { items, truncated: parts.length > ALERTS_MAX, more: incidents.length > filters.limit };
}

/** The incident that an alert belongs to, with the orders it led to. Takes the id of an incident or of any of its alerts. */
export async function readIncident(store: Reader, alerts: Relation, id: string): Promise<Shown | undefined> {
  const alert_id = id.startsWith(ID_PREFIX) ? id.slice(ID_PREFIX.length) : id;
  const [alert] = await store.query<{ time: string; tenant: string }>(
    'SELECT time, tenant FROM alerts WHERE alert_id = {alert_id:String} LIMIT 1',
    { alert_id },
  );
  if (alert === undefined) return undefined;
  const time = Date.parse(alert.time);
  const parts = await read(store, alerts, alert.tenant, { from: time - LENGTH_MAX_MS, to: time + LENGTH_MAX_MS });
  const incident = incidentsOf(parts).find(({ lines }) => lines.some(({ alert_ids }) => alert_ids.includes(alert_id)));
  if (incident === undefined) return undefined;
  const revocations = await store.query(
    'SELECT * FROM revocations WHERE alert_id IN {ids:Array(String)} ORDER BY order_id, seq',
    { ids: alertIds(incident) },
  );
  return { ...shown(incident), ...standingOf(parts)(incident), revocations };
}

/** How many alerts of an incident are where, and who has some of them. */
function standingOf(parts: readonly Seen[]) {
  const byId = new Map(parts.map((part) => [part.alert_id, part]));
  return (incident: Incident) => {
    const statuses: Partial<Record<Status, number>> = {};
    const assignees = new Set<string>();
    for (const alert_id of alertIds(incident)) {
      const { status, assignee } = byId.get(alert_id)!;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (assignee !== '') assignees.add(assignee);
    }
    return { statuses, assignees: [...assignees] };
  };
}

async function read(
  store: Reader,
  alerts: Relation,
  tenant: unknown,
  { from, to, as_of }: { from?: number | undefined; to?: number | undefined; as_of?: number | undefined },
) {
  const terms = ['1'];
  if (tenant !== undefined) terms.push('tenant = {tenant:String}');
  if (from !== undefined) terms.push(`time >= ${instant('from_ms')}`);
  if (to !== undefined) terms.push(`time < ${instant('to_ms')}`);
  if (as_of !== undefined) terms.push(`detected <= ${instant('as_of_ms')}`);
  const params = {
    ...alerts.params,
    tenant,
    as_of_ms: storable(as_of ?? 0),
    from_ms: storable(from ?? 0),
    to_ms: storable(to ?? 0),
    rows: ALERTS_MAX + 1,
  };
  const rows = await store.query<Omit<Seen, 'time'> & { time: string }>(
    `SELECT ${COLUMNS} FROM ${alerts.sql} WHERE ${terms.join(' AND ')} ORDER BY time DESC LIMIT 1 BY alert_id LIMIT {rows:UInt32}`,
    params,
  );
  return rows.map((row) => ({ ...row, time: Date.parse(row.time) }));
}

function alertIds({ lines }: Incident): string[] {
  return lines.flatMap(({ alert_ids }) => alert_ids);
}

function shown({ first, last, lines, ...incident }: Incident): Shown {
  const iso = (time: number) => new Date(time).toISOString();
  return {
    ...incident,
    first: iso(first),
    last: iso(last),
    lines: lines.map((line) => ({ ...line, first: iso(line.first), last: iso(line.last) })),
  };
}
