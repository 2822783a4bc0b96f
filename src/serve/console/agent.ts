import type { Reader } from '../queries.ts';
import { whereOf } from './filters.ts';

type Row = Record<string, unknown>;

const LIST_MAX = 200;
const OUTCOMES = `toUInt32(countIf(kind = 'tool_call')) AS calls, toUInt32(countIf(outcome = 'denied')) AS denied,
  toUInt32(countIf(outcome = 'error')) AS errors, min(time) AS first, max(time) AS last`;

/** What is known of one agent: when it was seen, and its tools, targets, credentials and sessions; undefined when never seen. */
export async function readAgent(store: Reader, asked: { agent_id: string; from?: string; to?: string }) {
  const { sql, params } = whereOf(asked);
  const list = (fields: string, column: string) =>
    store.query<Row>(
      `SELECT ${fields}, ${OUTCOMES} FROM events WHERE ${sql} AND ${column} != ''
       GROUP BY ${fields} ORDER BY last DESC LIMIT {rows:UInt32}`,
      { ...params, rows: LIST_MAX },
    );
  const [[agent], tools, targets, credentials, sessions] = await Promise.all([
    store.query<Row & { events: number }>(
      `SELECT toUInt32(count()) AS events, argMaxIf(agent_name, time, agent_name != '') AS name, argMaxIf(agent_parent, time, agent_parent != '') AS parent,
         argMaxIf(workload, time, workload != '') AS runs_as, argMax(tenant, time) AS of_tenant, ${OUTCOMES} FROM events WHERE ${sql}`,
      params,
    ),
    list('tool_name, tool_server, tool_class', 'tool_name'),
    list('target', 'target'),
    list('credential', 'credential'),
    list('session', 'session'),
  ]);
  if (agent === undefined || agent.events === 0) return undefined;
  return { agent_id: asked.agent_id, ...agent, tools, targets, credentials, sessions };
}

/**
 * Who used a credential and from where, and how it came to be; undefined when it was never seen. `before` and `after` are
 * the credentials that it replaced and that replaced it.
 */
export async function readCredential(store: Reader, credential: string) {
  const params = { credential, rows: LIST_MAX };
  const [[seen], users, life, after] = await Promise.all([
    store.query<Row & { events: number }>(
      `SELECT toUInt32(count()) AS events, min(time) AS first, max(time) AS last, toUInt32(countIf(outcome = 'ok')) AS ok,
         toUInt32(countIf(outcome = 'denied')) AS denied, maxMap(credential_handles) AS handles, any(tenant) AS of_tenant,
         arrayFilter(one -> one != '', groupUniqArray(credential_previous)) AS before
       FROM events WHERE credential = {credential:String}`,
      params,
    ),
    store.query<Row>(
      `SELECT agent_id, agent_instance, source_ip, any(source_country) AS country, any(user_agent) AS client,
         toUInt32(count()) AS uses, toUInt32(countIf(outcome = 'ok')) AS ok, toUInt32(countIf(outcome = 'denied')) AS denied,
         min(time) AS first, max(time) AS last, maxIf(time, outcome = 'ok') AS last_ok
       FROM events WHERE credential = {credential:String} AND kind != 'lifecycle'
       GROUP BY agent_id, agent_instance, source_ip ORDER BY first LIMIT {rows:UInt32}`,
      params,
    ),
    store.query<Row>(
      `SELECT event_id, time, lifecycle, agent_id, producer FROM events
       WHERE credential = {credential:String} AND lifecycle != '' ORDER BY time LIMIT 1 BY event_id, producer LIMIT {rows:UInt32}`,
      params,
    ),
    store.query<{ successor: string }>(
      `SELECT DISTINCT credential AS successor FROM events WHERE credential_previous = {credential:String} LIMIT {rows:UInt32}`,
      params,
    ),
  ]);
  if (seen === undefined || seen.events === 0) return undefined;
  return { credential, ...seen, after: after.map(({ successor }) => successor), users, life };
}
