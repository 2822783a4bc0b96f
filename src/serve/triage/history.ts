import type { Relation, TriageDeps } from '../../triage/index.ts';

type Row = Record<string, unknown>;

const ACTS_SHOWN_MAX = 1000;
const STANDING = 'status, version, assignee, disposition, silenced_by, last_act, last_who, last_time';

/** Where triage of an alert is, and everything that was done about it, oldest first. */
export async function readTriage({ store, recent }: TriageDeps, alerts: Relation, alert_id: string): Promise<Row> {
  const acts = recent.acts();
  const [[standing], history] = await Promise.all([
    store.query<Row>(`SELECT ${STANDING} FROM ${alerts.sql} WHERE alert_id = {alert_id:String} LIMIT 1`, {
      ...alerts.params,
      alert_id,
    }),
    store.query<Row>(
      `SELECT act_id, time, who, role, act, version, why, state, assignee, disposition, bulk_id FROM ${acts.sql}
        WHERE object_kind = 'alert' AND object = {alert_id:String} ORDER BY version LIMIT 1 BY act_id
        LIMIT {acts_max:UInt32}`,
      { ...acts.params, alert_id, acts_max: ACTS_SHOWN_MAX },
    ),
  ]);
  return { triage: standing ?? {}, acts: history };
}
