import type { ReactNode } from 'react';
import type { Health, Producer } from '../api/types.ts';
import { duration } from '../time/format.ts';
import { Panel } from '../ui/panel.tsx';
import { Facts, Table } from '../ui/table.tsx';
import { Safe, Time } from '../ui/text.tsx';
import { bucketQuantile, type Sample, total } from './metrics.ts';

type Metrics = ReadonlyMap<string, Sample[]>;

function Verdict({ isGood, text }: { isGood: boolean; text: string }): ReactNode {
  return (
    <span className={`state tone-${isGood ? 'good' : 'bad'}`}>
      <span aria-hidden="true">{isGood ? '✓' : '✗'}</span> {text}
    </span>
  );
}

/** Each part: whether it goes, and how far it is behind. */
export function Parts({ health, metrics }: { health: Health; metrics: Metrics }): ReactNode {
  const { dead, detect, respond, archive } = health;
  const watermark = Math.max(0, ...(metrics.get('tripline_watermark_lag_ms') ?? []).map(({ value }) => value));
  const parts: [string, boolean, string][] = [
    [
      'Detection',
      detect.failing.length === 0 && !dead.includes('detect'),
      `${detect.lag_records} records wait, watermark ${duration(watermark)} behind`,
    ],
    ['Response', !dead.includes('respond'), `${respond.lag_records} records wait`],
    [
      'Archive',
      archive.status === 'ok' && !dead.includes('archive'),
      `${archive.lag_records} records wait for the store`,
    ],
    ['Live stream', !dead.includes('live'), `${total(metrics.get('tripline_streams_open'))} open`],
  ];
  return (
    <Panel title="Parts" aside={<Verdict isGood={health.status === 'ok'} text={`health ${health.status}`} />}>
      <Facts
        items={parts.map(([name, isGood, says]) => [
          name,
          <span key={name}>
            <Verdict isGood={isGood} text={isGood ? 'runs' : 'does not go on'} /> {says}
          </span>,
        ])}
      />
      {detect.failing.map(({ detector }) => (
        <p key={detector} className="tone-bad">
          Detector <Safe text={detector} /> threw lately: events on which it did are not judged by it.
        </p>
      ))}
    </Panel>
  );
}

export function Counts({ metrics }: { metrics: Metrics }): ReactNode {
  const count = (name: string) => total(metrics.get(`tripline_${name}`)).toLocaleString('en');
  const bytes = (name: string) => `${(total(metrics.get(`tripline_${name}`)) / 1e6).toFixed(1)} MB`;
  const within = (name: string) => {
    const bound = bucketQuantile(metrics.get(`tripline_${name}_bucket`), 0.95);
    return bound === undefined ? 'none yet' : `95 % within ${duration(bound)}`;
  };
  return (
    <Panel title="Since the start">
      <Facts
        items={[
          [
            'Events',
            `${count('events_accepted_total')} accepted, ${count('events_rejected_total')} refused, ${count('events_duplicate_total')} repeated`,
          ],
          ['Not judged', `${count('events_late_total')} too late, ${count('detector_failures_total')} failed`],
          ['Event to alert', within('event_to_alert_ms')],
          ['Event to order', within('event_to_order_ms')],
          ['Order to proof', within('order_to_confirmed_ms')],
          ['Evicted by limits', `${count('operator_evictions_total')} keys, ${count('requests_shed_total')} requests`],
          ['Secrets redacted', count('secrets_found_total')],
          ['On disk', `log ${bytes('log_bytes')}, store ${bytes('store_bytes')}`],
        ]}
      />
    </Panel>
  );
}

/** What Tripline appends itself when it has revoked something. */
const OURS = 'tripline';

/** Which detectors cannot fire on what a producer reports, and what is missing. */
export function Producers({ items, now }: { items: readonly Producer[]; now: number }): ReactNode {
  return (
    <Panel title="Producers of the last day">
      {items.length === 0 ? <p className="muted">No events were received.</p> : null}
      <Table
        caption="Producers of the last day"
        rows={items}
        rowKey={({ tenant, producer }) => JSON.stringify([tenant, producer])}
        columns={[
          { name: 'Producer', cell: ({ producer }) => <Safe text={producer} /> },
          { name: 'Events', number: true, cell: ({ events }) => events },
          {
            name: 'Last event',
            cell: ({ last }) => (
              <>
                <Time at={last} /> <span className="muted">({duration(Math.max(0, now - Date.parse(last)))} ago)</span>
              </>
            ),
          },
          {
            name: 'Detectors that are blind on it alone',
            cell: ({ producer, blind }) =>
              producer === OURS ? <span className="muted">its own acts</span> : <Blind blind={blind} />,
          },
        ]}
      />
      <p className="muted">Where several producers tell of one agent, they may fill each other's gaps.</p>
    </Panel>
  );
}

function Blind({ blind }: Pick<Producer, 'blind'>): ReactNode {
  const entries = Object.entries(blind);
  if (entries.length === 0) return <Verdict isGood text="none" />;
  return (
    <ul className="plain">
      {entries.map(([detector, fields]) => (
        <li key={detector}>
          <b>
            <Safe text={detector} />
          </b>{' '}
          <span className="muted">
            never reported: <Safe text={fields.join(', ')} />
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Receivers({ health }: { health: Health }): ReactNode {
  return (
    <Panel title="Receivers">
      <Table
        caption="Receivers"
        rows={Object.entries(health.respond.receivers)}
        rowKey={([name]) => name}
        columns={[
          { name: 'Receiver', cell: ([name]) => <Safe text={name} /> },
          { name: 'Being asked', number: true, cell: ([, { open }]) => open },
          { name: 'Ready to be sent', number: true, cell: ([, { queued }]) => queued },
          { name: 'Waiting for the next attempt', number: true, cell: ([, { waiting }]) => waiting },
        ]}
      />
    </Panel>
  );
}
