import type { Reader } from '../queries.ts';
import { type MapFilters, whereOf } from './filters.ts';

/** Calls of one agent to one target through one tool. */
export interface Way {
  agent_id: string;
  agent_parent: string;
  tool_server: string;
  tool_name: string;
  target: string;
  calls: number;
  denied: number;
  /** Calls that are evidence of an alert. */
  evidence: number;
  first: string;
  last: string;
}

/** The ways that agents took, those of alerts first, then the busiest. */
export async function readMap(store: Reader, { limit, scope, ...filters }: MapFilters) {
  const { sql, params } = whereOf(filters);
  const times = whereOf({ from: filters.from, to: filters.to }).sql;
  const alerted = scope === 'alerted' && filters.agent_id === undefined;
  const rows = await store.query<Way>(
    `WITH alerted AS (SELECT DISTINCT agent_id FROM alerts WHERE ${times} AND agent_id != ''),
       evidence_ids AS (SELECT DISTINCT arrayJoin(event_ids) FROM alerts WHERE ${times})
     SELECT agent_id, agent_parent, tool_server, tool_name, target, toUInt32(count()) AS calls,
       toUInt32(countIf(outcome = 'denied')) AS denied, toUInt32(countIf(event_id IN evidence_ids)) AS evidence,
       min(time) AS first, max(time) AS last
     FROM events WHERE ${sql} AND kind = 'tool_call' AND agent_id != ''
       ${alerted ? 'AND agent_id IN alerted' : ''}
     GROUP BY agent_id, agent_parent, tool_server, tool_name, target
     ORDER BY evidence DESC, calls DESC, agent_id, tool_name, target LIMIT {rows:UInt32}`,
    { ...params, rows: limit + 1 },
  );
  return { items: rows.slice(0, limit), truncated: rows.length > limit };
}
