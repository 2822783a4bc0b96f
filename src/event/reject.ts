import * as z from 'zod';
import { CODE, field, type RowOf, recordType, TIME } from './field.ts';

const text = z.string().max(4096);

/** An event that was refused: why, and a redacted start of it. */
export const REJECT = recordType('rejects', {
  time: field(TIME, z.iso.datetime(), 'When it was refused'),
  tenant: field(CODE, text, 'Tenant of the producer'),
  producer: field(CODE, text, 'Who sent it'),
  door: field(CODE, text, 'events, otlp_traces, otlp_logs, replay'),
  index: field('UInt32', z.int(), 'Place in its request'),
  field: field(CODE, text, 'Field that was wrong'),
  expected: field('String', text, 'What was expected'),
  got: field('String', text, 'What was there, redacted and cut'),
  body: field('String', text, 'Start of the event, redacted and cut'),
});
export type Reject = Readonly<RowOf<(typeof REJECT)['fields']>>;

/** Events that detectors did not see, and why: a hole in coverage that can be queried. */
export const GAP = recordType('coverage_gaps', {
  recorded: field(TIME, z.iso.datetime(), 'When the gap was written'),
  tenant: field(CODE, text, 'Whose events'),
  producer: field(CODE, text, 'Who reported them'),
  detector: field(CODE, text, 'Which detector did not see them; * for all'),
  reason: field(CODE, text, 'late, detector_failed, evicted'),
  time_from: field(TIME, z.iso.datetime(), 'Oldest event time'),
  time_to: field(TIME, z.iso.datetime(), 'Newest event time'),
  events: field('UInt64', z.int(), 'How many'),
});
export type Gap = Readonly<RowOf<(typeof GAP)['fields']>>;
