import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Maturity, Severity } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { plain } from '../text/escape.ts';
import { duration } from '../time/format.ts';
import { SeverityMark } from '../ui/marks.tsx';
import { Load, Panel } from '../ui/panel.tsx';
import { Facts, Table } from '../ui/table.tsx';
import { Id, Safe } from '../ui/text.tsx';

interface Detector {
  id: string;
  version: number;
  enabled: boolean;
  alerts: number;
  undone: number;
  meta: {
    title: string;
    maturity: Maturity;
    severity: Severity;
    detects: string;
    misses: string[];
    false_positives: string[];
    triage: string[];
  } & Record<'attack' | 'atlas' | 'asi' | 'nhi' | 'safe_mcp', string[]>;
}

interface Rule {
  name: string;
  match: Record<string, unknown>;
  mode: string;
  action: string;
  ladder?: string[];
  target?: string;
  receivers: string[];
  proof: string;
  grace_ms: number;
  hold_ms: number;
  approvals_min: number;
  entitled_producers?: string[];
  caps: Record<string, number>;
}

interface Rules {
  days: number;
  detectors: Detector[];
  policy: { version: string; rules: Rule[]; protected?: { agents: string[]; credentials: string[] } };
}

/** What judges and what acts. Both are files: nothing is changed here. */
export function RulesPage(): ReactNode {
  const query = useApi<Rules>('/api/rules');
  return (
    <div className="page">
      <h1>Rules</h1>
      <Load query={query} height={400}>
        {({ days, detectors, policy }) => (
          <>
            <Policy policy={policy} />
            <Panel title={`Detectors: ${detectors.length}`}>
              <div className="rules">
                {detectors.map((detector) => (
                  <DetectorRow key={detector.id} detector={detector} days={days} />
                ))}
              </div>
            </Panel>
          </>
        )}
      </Load>
    </div>
  );
}

function Policy({ policy }: Pick<Rules, 'policy'>): ReactNode {
  const guarded = [...(policy.protected?.agents ?? []), ...(policy.protected?.credentials ?? [])];
  return (
    <Panel
      title="Policy, first match decides"
      aside={
        <span className="muted">
          version <Id value={policy.version} />
        </span>
      }
    >
      <Table
        caption="Rules of the policy"
        rows={policy.rules}
        rowKey={({ name }) => name}
        columns={[
          { name: 'Rule', cell: ({ name }) => <Safe text={name} /> },
          { name: 'Alerts it is for', cell: ({ match }) => <Safe text={sayMatch(match)} /> },
          { name: 'Mode', cell: ({ mode }) => <ModeMark mode={mode} /> },
          {
            name: 'Does',
            cell: ({ ladder, action, target }) =>
              `${(ladder ?? [action]).join(', then ')} ${target ?? 'the narrowest target'}`,
          },
          { name: 'Asks', cell: ({ receivers }) => <Safe text={receivers.join(', then ') || 'nobody'} /> },
          { name: 'Proof', cell: ({ proof, grace_ms }) => `by ${proof}, after ${duration(grace_ms)}` },
          {
            name: 'Believes',
            cell: ({ entitled_producers }) => (
              <Safe text={entitled_producers?.join(', ') ?? 'every producer of the tenant'} />
            ),
          },
        ]}
      />
      <p className="muted">
        {guarded.length === 0 ? 'Nobody is on the protected list.' : `Protected: ${guarded.map(plain).join(', ')}.`}
      </p>
    </Panel>
  );
}

function sayMatch(match: Record<string, unknown>): string {
  const said = Object.entries(match).map(
    ([name, value]) => `${name.replaceAll('_', ' ')} ${Array.isArray(value) ? value.join(' or ') : value}`,
  );
  return said.length === 0 ? 'every alert' : said.join(', ');
}

const MODE_TONE: Record<string, string> = { enforce: 'busy', approve: 'wait', observe: 'quiet' };

function ModeMark({ mode }: { mode: string }): ReactNode {
  return <span className={`state tone-${MODE_TONE[mode] ?? 'quiet'}`}>{mode}</span>;
}

function DetectorRow({ detector, days }: { detector: Detector; days: number }): ReactNode {
  const { id, version, enabled, meta, alerts, undone } = detector;
  return (
    <details>
      <summary>
        <b>{meta.title}</b>
        <code>
          {id} v{version}
        </code>
        <span className={`state tone-${meta.maturity === 'stable' ? 'good' : 'wait'}`}>{meta.maturity}</span>
        <SeverityMark value={meta.severity} />
        {enabled ? null : <span className="state tone-bad">off</span>}
        <span className="spring" />
        <span className="muted">
          {alerts} alerts in {days} days{undone > 0 ? `, ${undone} orders taken back` : ''}
        </span>
      </summary>
      <p>{meta.detects}</p>
      <Facts
        items={[
          ['Misses', <Sentences key="m" items={meta.misses} />],
          ['False alarms', <Sentences key="f" items={meta.false_positives} />],
          ['What to do', <Sentences key="t" items={meta.triage} />],
          ['Mapped to', [...meta.attack, ...meta.atlas, ...meta.asi, ...meta.nhi, ...meta.safe_mcp].join(', ')],
          ['May act', meta.maturity === 'stable' ? 'yes, where a rule says so' : 'no: it alerts only'],
          [
            'Its alerts',
            <Link key="a" href={`/?${new URLSearchParams({ detector: id, from: 'now-7d', group: 'none' })}`}>
              in the queue
            </Link>,
          ],
        ]}
      />
    </details>
  );
}

function Sentences({ items }: { items: readonly string[] }): ReactNode {
  return (
    <ul className="plain">
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  );
}
