import type { AlertState } from '../act/act.ts';
import { presentSql } from '../act/present.ts';
import type { Store } from '../store/store.ts';
import { alertsNow } from './alerts-now.ts';
import type { Relation } from './recent.ts';
import type { Silence } from './silence.ts';

/** An alert that an act is about, as it is now. */
export interface Target {
  alert_id: string;
  tenant: string;
  detector: string;
  detector_version: string;
  version: number;
  state: AlertState;
  assignee: string;
  disposition: string;
  /** Of the last act on it; '' where there was none. */
  last_act: string;
  last_who: string;
  last_time: string;
}

export interface Selection {
  acts: Relation;
  silences: readonly Silence[];
  /** Over the columns of `alertsNow`. */
  where: Relation;
  /** Acts of others after this moment, epoch ms, do not count for `where`: what was on the screen then is meant. */
  as_of?: number | undefined;
  who: string;
  rows: number;
}

const IDENTITY = 'alert_id, tenant, detector, detector_version';
const PRESENT = 'version, state, assignee, disposition, last_act, last_who, last_time';

/** The alerts that are meant, each with the last act on it, up to `rows` of them. */
export async function selectTargets(store: Pick<Store, 'query'>, selection: Selection): Promise<Target[]> {
  const { acts, silences, where, as_of, who, rows } = selection;
  const seen: Relation =
    as_of === undefined
      ? acts
      : {
          sql: `(SELECT * FROM ${acts.sql} WHERE time <= fromUnixTimestamp64Milli({seen_ms:Int64}, 'UTC') OR who = {seen_who:String})`,
          params: { ...acts.params, seen_ms: as_of, seen_who: who },
        };
  const then = alertsNow(seen, silences);
  const found = await store.query<Target>(
    `SELECT ${IDENTITY}, ${PRESENT} FROM (SELECT ${IDENTITY} FROM ${then.sql} WHERE ${where.sql} LIMIT 1 BY alert_id
      LIMIT {targets_max:UInt32}) AS meant LEFT JOIN (${presentSql(acts.sql)}) AS present USING (alert_id)`,
    { ...then.params, ...where.params, targets_max: rows },
  );
  return found.map((target) => ({ ...target, state: target.state || 'open' }));
}
