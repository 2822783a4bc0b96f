import { terse } from '../../event/json.ts';
import type { Reader } from '../queries.ts';
import { type CallFilters, whereOf } from './filters.ts';

type Row = Record<string, unknown>;

const SHOWN = `event_id, producer, time, kind, lifecycle, tenant, agent_id, agent_name, agent_instance, agent_parent, session,
  task, credential, credential_previous, tool_name, tool_server, tool_class, target, outcome, error_type, error_status,
  source_ip, source_country, user_agent, marks`;

/** What an agent or a credential did, oldest first: the newest of it where there is more than is asked for. */
export async function readCalls(store: Reader, { limit, ...filters }: CallFilters) {
  const { sql, params } = whereOf(filters);
  const [rows, [count]] = await Promise.all([
    store.query<Row>(
      `SELECT ${SHOWN} FROM events WHERE ${sql} ORDER BY time DESC, event_id DESC
       LIMIT 1 BY event_id, producer LIMIT {rows:UInt32}`,
      { ...params, rows: limit },
    ),
    store.query<{ n: number }>(`SELECT toUInt32(uniqExact(event_id, producer)) AS n FROM events WHERE ${sql}`, params),
  ]);
  return { items: rows.reverse().map(terse), total: count?.n ?? 0 };
}
