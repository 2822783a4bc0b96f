import { presentSql } from '../act/present.ts';
import type { Relation } from './recent.ts';
import { matchSql, type Silence } from './silence.ts';

/** What a queue shows an alert as. `suppressed` is one that is not closed and that a silence in force hides. */
export const STATUSES = ['open', 'acked', 'closed', 'suppressed'] as const;
export type Status = (typeof STATUSES)[number];

/**
 * The table of alerts with their present state besides: `status`, `version`, `assignee`, `disposition`, what was last done, and
 * `silenced_by`, the silence that hides it.
 */
export function alertsNow(acts: Relation, silences: readonly Silence[]): Relation {
  const hides = silences.map(({ matcher }, i) => matchSql(matcher, `s${i}`));
  const ids = Object.fromEntries(silences.map(({ silence_id }, i) => [`s${i}_id`, silence_id]));
  const cases = hides.map(({ sql }, i) => `${sql}, {s${i}_id:String}`);
  const silenced_by = cases.length === 0 ? "''" : `multiIf(${cases.join(', ')}, '')`;
  return {
    sql: `(SELECT *, ${silenced_by} AS silenced_by,
      multiIf(state = 'closed', 'closed', silenced_by != '', 'suppressed', state = 'acked', 'acked', 'open') AS status
      FROM alerts LEFT JOIN (${presentSql(acts.sql)}) AS present USING (alert_id))`,
    params: Object.assign({ ...acts.params, ...ids }, ...hides.map(({ params }) => params)),
  };
}
