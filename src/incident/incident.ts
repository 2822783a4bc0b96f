import { type Alert, SEVERITIES, type Severity } from '../alert/alert.ts';
import { riskOf } from './risk.ts';

/** What an incident needs of an alert. */
export type Part = Pick<
  Alert,
  | 'alert_id'
  | 'time'
  | 'tenant'
  | 'detector'
  | 'maturity'
  | 'severity'
  | 'confidence'
  | 'reason'
  | 'summary'
  | 'subject_kind'
  | 'subject'
  | 'agent_id'
  | 'agent_parent'
  | 'session'
  | 'credential'
>;

/** Repeats: alerts of one detector about one subject for one reason. */
export interface Line {
  detector: string;
  reason: string;
  subject_kind: string;
  subject: string;
  severity: Severity;
  count: number;
  first: number;
  last: number;
  /** What the newest of them says. */
  summary: string;
  alert_ids: string[];
}

/** Alerts that belong together. Times are epoch ms of event time. */
export interface Incident {
  /** `inc_` and the id of its oldest alert. */
  incident_id: string;
  tenant: string;
  first: number;
  last: number;
  severity: Severity;
  /** 0 to 100; see risk.ts. */
  risk: number;
  alerts: number;
  agents: string[];
  sessions: string[];
  credentials: string[];
  /** Newest first. */
  lines: Line[];
}

/** The incident that alerts make, which are given oldest first. */
export function incidentOf(parts: readonly Part[]): Incident {
  const oldest = parts[0]!;
  return {
    incident_id: `inc_${oldest.alert_id}`,
    tenant: oldest.tenant,
    first: oldest.time,
    last: parts.at(-1)!.time,
    severity: worst(parts),
    risk: riskOf(parts),
    alerts: parts.length,
    agents: distinct(parts, 'agent_id'),
    sessions: distinct(parts, 'session'),
    credentials: distinct(parts, 'credential'),
    lines: linesOf(parts),
  };
}

function linesOf(parts: readonly Part[]): Line[] {
  const lines = new Map<string, Part[]>();
  for (const part of parts) {
    const key = JSON.stringify([part.detector, part.reason, part.subject_kind, part.subject]);
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [part]);
    else line.push(part);
  }
  return [...lines.values()].map(lineOf).sort((a, b) => b.last - a.last);
}

function lineOf(parts: readonly Part[]): Line {
  const newest = parts.at(-1)!;
  const { detector, reason, subject_kind, subject, summary } = newest;
  return {
    detector,
    reason,
    subject_kind,
    subject,
    severity: worst(parts),
    count: parts.length,
    first: parts[0]!.time,
    last: newest.time,
    summary,
    alert_ids: parts.map(({ alert_id }) => alert_id),
  };
}

function worst(parts: readonly Part[]): Severity {
  const ranks = parts.map(({ severity }) => SEVERITIES.indexOf(severity as Severity));
  return SEVERITIES[Math.max(...ranks)]!;
}

function distinct(parts: readonly Part[], name: 'agent_id' | 'session' | 'credential'): string[] {
  return [...new Set(parts.map((part) => part[name]))].filter((value) => value !== '');
}
