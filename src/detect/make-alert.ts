import { ALERT, type Alert, type Maturity, type Severity } from '../alert/alert.ts';
import type { AgentEvent } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import type { Topic } from '../log/log.ts';
import { digestOf } from './canonical.ts';
import type { Finding } from './detector.ts';

/** Which detector speaks. */
export interface Voice {
  id: string;
  version: string;
  maturity: Maturity;
  severity: Severity;
}

/** Where in the log the finding was made. `event` is absent when a tick made it. */
export interface Place {
  topic: Topic;
  partition: number;
  offset: number;
  appended: number;
  detected: number;
  event: AgentEvent | undefined;
}

/** As many as an alert carries; the newest are kept. */
const EVENT_IDS_MAX = 256;

export function makeAlert(finding: Finding, voice: Voice, place: Place): Alert {
  const { about = {} } = finding;
  const event: Partial<AgentEvent> = place.event ?? {};
  const tenant = about.tenant ?? event.tenant ?? 'default';
  const event_ids = finding.event_ids.slice(-EVENT_IDS_MAX);
  const { subject_kind, subject, reason, window_from, window_to } = finding;
  const identity = [voice.id, voice.version, tenant, subject_kind, subject, reason, event_ids, window_from, window_to];
  return rowOf(ALERT, {
    alert_id: digestOf(identity, 32),
    time: event.time ?? window_to,
    detected: place.detected,
    tenant,
    detector: voice.id,
    detector_version: voice.version,
    maturity: voice.maturity,
    severity: finding.severity ?? voice.severity,
    confidence: finding.confidence,
    reason,
    summary: finding.summary,
    subject_kind,
    subject,
    agent_id: about.agent_id ?? event.agent_id,
    agent_instance: about.agent_instance ?? event.agent_instance,
    agent_parent: event.agent_parent,
    session: about.session ?? event.session,
    task: about.task ?? event.task,
    credential: about.credential ?? event.credential,
    credential_handles: { ...(about.credential_handles ?? event.credential_handles) },
    event_ids,
    producers: producersOf(finding, event.producer),
    window_from,
    window_to,
    threshold_name: finding.threshold_name,
    threshold: finding.threshold,
    observed: finding.observed,
    evidence: { ...finding.evidence },
    log_topic: place.topic,
    log_partition: place.partition,
    log_offset: place.offset,
    appended: place.appended,
  });
}

function producersOf(finding: Finding, crossing: string | undefined): string[] {
  const producers = new Set(finding.producers);
  if (crossing !== undefined) producers.add(crossing);
  return [...producers];
}
