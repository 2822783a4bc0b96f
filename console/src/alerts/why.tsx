import type { ReactNode } from 'react';
import type { AlertDetail } from '../api/types.ts';
import { duration } from '../time/format.ts';
import { Panel } from '../ui/panel.tsx';
import { Facts } from '../ui/table.tsx';
import { Id, Safe, Time } from '../ui/text.tsx';

/** The numbers that made it fire. */
export function Why({ alert }: { alert: AlertDetail }): ReactNode {
  const { threshold_name, threshold, observed, window_from, window_to, evidence, confidence, maturity } = alert;
  const window_ms = Date.parse(window_to) - Date.parse(window_from);
  const latency_ms = alert.appended > 0 ? Date.parse(alert.detected) - alert.appended : Number.NaN;
  return (
    <Panel title="Why it fired">
      <Facts
        items={[
          ['Detector', <Safe key="d" text={`${alert.detector} ${alert.detector_version}, ${maturity}`} />],
          ['Reason', <Safe key="r" text={alert.reason} />],
          [
            'Threshold',
            <span key="t">
              <Safe text={threshold_name} /> = {round(threshold)}, seen <b>{round(observed)}</b>
            </span>,
          ],
          [
            'Evidence from',
            <span key="w">
              <Time at={window_from} ms /> to <Time at={window_to} ms /> ({duration(window_ms)})
            </span>,
          ],
          ['Sure', `${Math.round(confidence * 100)} %`],
          [
            'Found after',
            Number.isNaN(latency_ms) ? 'not known' : `${duration(latency_ms)} from the event being durable`,
          ],
          ['Reported by', <Safe key="p" text={alert.producers.join(', ')} />],
          ...Object.entries(evidence).map(([name, value]) => [name, <Safe key={name} text={value} />] as const),
          ['Alert id', <Id key="i" value={alert.alert_id} chars={64} />],
        ]}
      />
    </Panel>
  );
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
