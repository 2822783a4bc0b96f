import type { ReactNode } from 'react';
import { middle } from '../text/escape.ts';
import { Risk, SeverityMark, StateMark } from '../ui/marks.tsx';
import { Safe, Time } from '../ui/text.tsx';
import type { ListRow } from './rows.ts';

const NAMES_MAX = 2;

export function AlertRow({ row }: { row: ListRow | undefined }): ReactNode {
  if (row === undefined) return <div className="row-waiting" role="gridcell" />;
  const { severity, risk, title, agents, detectors, count, last, orders } = row;
  return (
    <>
      <div role="gridcell" className="row-level">
        <SeverityMark value={severity} />
        <Risk value={risk} />
      </div>
      <div role="gridcell" className="row-what">
        <div className="row-title">
          <Safe text={title} />
        </div>
        <div className="row-facts">
          <span>{names(agents) || 'no agent named'}</span>
          <span>{names(detectors)}</span>
          {count > 1 ? <span>×{count}</span> : null}
        </div>
      </div>
      <div role="gridcell" className="row-end">
        <Time at={last} />
        <Response orders={orders} />
      </div>
    </>
  );
}

function names(values: readonly string[]): string {
  const shown = values.slice(0, NAMES_MAX).map((value) => middle(value, 28));
  const more = values.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` +${more}` : '');
}

/** The one order that tells most: of several, an act before a mere record. */
function Response({ orders }: Pick<ListRow, 'orders'>): ReactNode {
  const acted = orders.filter(({ state }) => state !== 'observed');
  const shown = acted[0] ?? orders[0];
  if (shown === undefined) return <span className="muted">no order</span>;
  return (
    <span>
      <StateMark value={shown.state} />
      {acted.length > 1 ? <span className="muted"> +{acted.length - 1}</span> : null}
    </span>
  );
}
