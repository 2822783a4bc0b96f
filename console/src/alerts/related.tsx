import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { IncidentDetail, Line } from '../api/types.ts';
import { SeverityMark } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Table } from '../ui/table.tsx';
import { Safe, Time } from '../ui/text.tsx';

/** The other alerts of the incident, repeats as one line. */
export function Related({ incident, alert_id }: { incident: IncidentDetail; alert_id: string }): ReactNode {
  return (
    <Panel title={`Incident of ${incident.alerts} alert${incident.alerts === 1 ? '' : 's'}, risk ${incident.risk}`}>
      <Table
        caption="Alerts of the incident"
        rows={incident.lines}
        rowKey={({ alert_ids }) => alert_ids[0]!}
        rowClass={({ alert_ids }) => (alert_ids.includes(alert_id) ? 'is-evidence' : '')}
        columns={[
          { name: 'Severity', cell: ({ severity }) => <SeverityMark value={severity} /> },
          { name: 'What', cell: (line) => <What line={line} alert_id={alert_id} /> },
          { name: 'Detector', cell: ({ detector, reason }) => <Safe text={`${detector}: ${reason}`} /> },
          { name: 'Times', number: true, cell: ({ count }) => `×${count}` },
          { name: 'Last', cell: ({ last }) => <Time at={last} /> },
        ]}
      />
    </Panel>
  );
}

function What({ line, alert_id }: { line: Line; alert_id: string }): ReactNode {
  const { summary, reason, alert_ids } = line;
  if (alert_ids.includes(alert_id)) return <Safe text={summary || reason} />;
  return (
    <Link href={`/alert?${new URLSearchParams({ id: alert_ids.at(-1)! })}`}>
      <Safe text={summary || reason} />
    </Link>
  );
}
