import type { Incident, OrderBrief, QueueRow, Severity } from '../api/types.ts';
import { type LiveState, patched } from '../live/store.ts';
import { rankOf, STATE } from '../ui/marks.tsx';
import type { Filter } from '../url/filter.ts';

/** What one row of the list shows, an alert or an incident. */
export interface ListRow {
  id: string;
  /** The alert that is opened. */
  lead: string;
  alert_ids: string[];
  severity: Severity;
  risk: number;
  title: string;
  agents: string[];
  detectors: string[];
  count: number;
  first: string;
  last: string;
  orders: OrderBrief[];
}

export function rowOfAlert(row: QueueRow, live: LiveState): ListRow {
  return {
    id: row.alert_id,
    lead: row.alert_id,
    alert_ids: [row.alert_id],
    severity: row.severity,
    risk: row.risk,
    title: row.summary || row.reason || row.detector,
    agents: row.agent_id === '' ? [] : [row.agent_id],
    detectors: [row.detector],
    count: 1,
    first: row.time,
    last: row.time,
    orders: patched(row.orders, new Set([row.alert_id]), live),
  };
}

export function rowOfIncident(incident: Incident, live: LiveState): ListRow {
  const alert_ids = incident.lines.flatMap((line) => line.alert_ids);
  const orders = patched(incident.orders, new Set(alert_ids), live);
  const lead = leadOf(incident, orders);
  return {
    id: incident.incident_id,
    lead: lead.alert_id,
    alert_ids,
    severity: incident.severity,
    risk: incident.risk,
    title: lead.title,
    agents: incident.agents,
    detectors: [...new Set(incident.lines.map(({ detector }) => detector))],
    count: incident.alerts,
    first: incident.first,
    last: incident.last,
    orders,
  };
}

/** The alert that something was done about, and else the worst one. */
function leadOf({ lines }: Incident, orders: readonly OrderBrief[]): { alert_id: string; title: string } {
  const acted = orders.find(({ state }) => state !== 'observed')?.alert_id;
  const worst = [...lines].sort((a, b) => rankOf(b.severity) - rankOf(a.severity))[0]!;
  const line = lines.find(({ alert_ids }) => acted !== undefined && alert_ids.includes(acted)) ?? worst;
  return { alert_id: acted ?? line.alert_ids.at(-1)!, title: line.summary || line.reason };
}

/** Incidents are filtered here: one fits when any of its alerts does. */
export function fits(incident: Incident, { severity, detector, agent_id, credential, session, q }: Filter): boolean {
  const { lines, agents, credentials, sessions } = incident;
  if (severity.length > 0 && !severity.includes(incident.severity)) return false;
  if (detector.length > 0 && !lines.some((line) => detector.includes(line.detector))) return false;
  if (agent_id !== '' && !agents.includes(agent_id)) return false;
  if (credential !== '' && !credentials.includes(credential)) return false;
  if (session !== '' && !sessions.includes(session)) return false;
  if (q === '') return true;
  const text = [
    ...agents,
    ...credentials,
    ...sessions,
    ...lines.flatMap((line) => [line.summary, line.subject, line.reason]),
  ];
  return text.join('\n').toLowerCase().includes(q.toLowerCase());
}

/** Whether one of the orders is that far; `none` where nothing was done or is to be done. */
export function answers(orders: readonly OrderBrief[], response: Filter['response']): boolean {
  if (response === '') return true;
  if (response === 'none') return orders.every(({ state }) => state === 'observed' || state === 'expired');
  return orders.some(({ state }) => STATE[state]?.group === response);
}

export function byRisk(a: ListRow, b: ListRow): number {
  return b.risk - a.risk || byTime(a, b);
}

export function byTime(a: ListRow, b: ListRow): number {
  return a.last < b.last ? 1 : a.last > b.last ? -1 : a.id < b.id ? -1 : 1;
}
