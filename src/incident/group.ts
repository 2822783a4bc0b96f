import { type Incident, incidentOf, type Part } from './incident.ts';

/** Alerts further apart than this are two incidents, even of one agent. */
export const GAP_MS = 1_800_000;
/** An incident is cut after this long: it can be found again from any of its alerts by reading that far back. */
export const LENGTH_MAX_MS = 86_400_000;

interface Group {
  first: number;
  last: number;
  parts: Part[];
}

/**
 * Alerts of one tenant that follow each other within GAP_MS and share a session, a credential or an agent, or of whose agents
 * one started the other, are one incident. A pure function of the alerts; their order does not matter. Newest incident first.
 */
export function incidentsOf(alerts: readonly Part[]): Incident[] {
  const sorted = [...alerts].sort((a, b) => a.time - b.time || (a.alert_id < b.alert_id ? -1 : 1));
  const groups = new Set<Group>();
  const byLink = new Map<string, Group>();
  for (const alert of sorted) {
    const links = linksOf(alert);
    const open = new Set(links.map((link) => byLink.get(link)).filter((group) => isOpen(group, alert)));
    const group = merged([...open], alert);
    for (const old of open) if (old !== group) groups.delete(old);
    groups.add(group);
    for (const part of open.size > 1 ? group.parts : [alert]) for (const link of linksOf(part)) byLink.set(link, group);
  }
  const incidents = [...groups].map(({ parts }) => incidentOf(parts));
  return incidents.sort((a, b) => b.last - a.last || (a.incident_id < b.incident_id ? -1 : 1));
}

function isOpen(group: Group | undefined, { time }: Part): group is Group {
  return group !== undefined && time - group.last <= GAP_MS && time - group.first <= LENGTH_MAX_MS;
}

function merged(open: readonly Group[], alert: Part): Group {
  const [oldest = { first: alert.time, last: alert.time, parts: [] }, ...others] = [...open].sort(
    (a, b) => a.first - b.first,
  );
  for (const { parts } of others) oldest.parts.push(...parts);
  if (others.length > 0) oldest.parts.sort((a, b) => a.time - b.time || (a.alert_id < b.alert_id ? -1 : 1));
  oldest.parts.push(alert);
  oldest.last = alert.time;
  return oldest;
}

/** An agent is part of its own delegation chain, and so is the one that started it. */
function linksOf({ tenant, session, credential, agent_id, agent_parent }: Part): string[] {
  const links = { session: [session], credential: [credential], agent: [agent_id, agent_parent] };
  return Object.entries(links).flatMap(([kind, values]) =>
    values.filter((value) => value !== '').map((value) => JSON.stringify([tenant, kind, value])),
  );
}
