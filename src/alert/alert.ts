import * as z from 'zod';
import { CODE, field, type RowOf, recordType, TIME } from '../event/field.ts';

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
export const MATURITIES = ['sandbox', 'stable', 'deprecated'] as const;
export type Maturity = (typeof MATURITIES)[number];
/** From narrow to wide. */
export const SUBJECT_KINDS = ['credential', 'session', 'agent_instance', 'agent', 'producer'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

const text = z.string().max(4096);
const time = z.iso.datetime();
const texts = z.array(z.string().max(512)).max(256);

/** A detector's finding with its evidence. `alert_id` is a hash of detector, version, subject and evidence: same log, same ids. */
export const ALERT = recordType('alerts', {
  alert_id: field('String', text, 'Hash of detector, version, subject and evidence'),
  time: field(TIME, time, 'Event time of the event that crossed the threshold'),
  detected: field(TIME, time, 'When the alert was made'),
  tenant: field(CODE, text, 'Whose fleet'),
  detector: field(CODE, text, 'Id of the detector'),
  detector_version: field(CODE, text, 'Version of the detector and its configuration'),
  maturity: field(CODE, z.enum(MATURITIES), 'Only a stable detector may act by itself'),
  severity: field(CODE, z.enum(SEVERITIES), 'How bad it is if it is true'),
  confidence: field('Float64', z.number().min(0).max(1), 'How sure the detector is, 0 to 1'),
  reason: field(CODE, text, "Which of the detector's judgements fired"),
  summary: field('String', text, 'One sentence that a tired analyst understands'),
  subject_kind: field(CODE, z.enum(SUBJECT_KINDS), 'What the evidence is about'),
  subject: field('String', text, 'Id of what the evidence is about'),
  agent_id: field(CODE, text, 'Agent of the crossing event'),
  agent_instance: field(CODE, text, 'Instance of the crossing event'),
  agent_parent: field(CODE, text, 'The agent that delegated to it'),
  session: field('String', text, 'Session of the crossing event'),
  task: field('String', text, 'Task of the crossing event'),
  credential: field(CODE, text, 'Credential of the crossing event'),
  credential_handles: field(
    'Map(String, String)',
    z.record(z.string(), text),
    'Names by which the issuer can revoke it',
  ),
  event_ids: field('Array(String)', texts, 'Evidence, oldest first'),
  producers: field('Array(LowCardinality(String))', texts, 'Who reported the evidence'),
  window_from: field(TIME, time, 'Event time of the oldest evidence'),
  window_to: field(TIME, time, 'Event time of the newest evidence'),
  threshold_name: field(CODE, text, 'Name of the option that was crossed'),
  threshold: field('Float64', z.number(), 'Its value'),
  observed: field('Float64', z.number(), 'The value that crossed it'),
  evidence: field(
    'Map(String, String)',
    z.record(z.string(), text),
    'Named facts, for example both contexts of a replay',
  ),
  log_topic: field(CODE, text, 'Topic of the crossing event'),
  log_partition: field('UInt16', z.int(), 'Partition of the crossing event'),
  log_offset: field('UInt64', z.int(), 'Offset of its frame'),
  appended: field('Float64', z.number(), 'Log time of that frame, epoch ms: latency is measured from here'),
});

export type Alert = Readonly<RowOf<(typeof ALERT)['fields']>>;
