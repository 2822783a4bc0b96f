/**
 * The state of alerts that were acted on, from rows of acts: SQL, the same for the view in the store and for whoever asks with acts that the
 * store does not have yet.
 */
export function presentSql(acts: string): string {
  return `SELECT a.object AS alert_id, max(a.version) AS version, argMax(a.state, a.version) AS state,
    argMax(a.assignee, a.version) AS assignee, argMax(a.disposition, a.version) AS disposition,
    argMax(a.act, a.version) AS last_act, argMax(a.who, a.version) AS last_who, argMax(a.why, a.version) AS last_why,
    argMax(a.time, a.version) AS last_time, argMax(a.bulk_id, a.version) AS last_bulk
    FROM ${acts} AS a WHERE a.object_kind = 'alert' GROUP BY a.object`;
}
