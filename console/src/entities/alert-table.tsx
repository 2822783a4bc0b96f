import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { QueueRow } from '../api/types.ts';
import { Risk, SeverityMark, StateMark } from '../ui/marks.tsx';
import { Table } from '../ui/table.tsx';
import { Safe, Time } from '../ui/text.tsx';

export function AlertTable({ alerts }: { alerts: readonly QueueRow[] }): ReactNode {
  if (alerts.length === 0) return <p className="muted">No alerts.</p>;
  return (
    <Table
      caption="Alerts"
      rows={alerts}
      rowKey={({ alert_id }) => alert_id}
      columns={[
        { name: 'Severity', cell: ({ severity }) => <SeverityMark value={severity} /> },
        { name: 'Risk', cell: ({ risk }) => <Risk value={risk} /> },
        {
          name: 'What',
          cell: ({ alert_id, summary, reason }) => (
            <Link href={`/alert?${new URLSearchParams({ id: alert_id })}`}>
              <Safe text={summary || reason} />
            </Link>
          ),
        },
        { name: 'Detector', cell: ({ detector }) => <Safe text={detector} /> },
        { name: 'Time', cell: ({ time }) => <Time at={time} /> },
        { name: 'Order', cell: ({ orders }) => (orders[0] === undefined ? '' : <StateMark value={orders[0].state} />) },
      ]}
    />
  );
}
