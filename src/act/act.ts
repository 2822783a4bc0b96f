import * as z from 'zod';
import { CODE, field, type RowOf, recordType, TIME } from '../event/field.ts';

/** What people do about an alert. */
export const ALERT_ACTS = ['ack', 'assign', 'close', 'reopen', 'note', 'undo'] as const;
export type AlertAct = (typeof ALERT_ACTS)[number];
export const ACTS = [
  ...ALERT_ACTS,
  'silence',
  'extend',
  'end',
  'expire',
  'save',
  'remove',
  'approve',
  'reject',
  'take_back',
  'redeliver',
  'pause',
  'resume',
] as const;
export type ActName = (typeof ACTS)[number];

export const OBJECT_KINDS = ['alert', 'silence', 'view', 'order', 'control'] as const;
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** Where an alert is; one that nobody has touched is open. */
export const ALERT_STATES = ['open', 'acked', 'closed'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export const DISPOSITIONS = ['true_positive', 'false_positive', 'benign', 'duplicate'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

const text = z.string().max(4096);
const time = z.iso.datetime();

/**
 * One act of a person, never changed. The rows of one object, by version, are its history; the last one says how it is now, so that
 * nobody has to add up what came before.
 */
export const ACT = recordType('audit', {
  act_id: field('String', text, 'Id of the act; written twice, it counts once'),
  time: field(TIME, time, 'When it was done'),
  who: field(CODE, text, 'Who did it; `tripline` where time did'),
  role: field(CODE, text, 'Role in which it was done, where that is known'),
  act: field(CODE, z.enum(ACTS), 'What was done'),
  object_kind: field(CODE, z.enum(OBJECT_KINDS), 'Kind of what it was done to'),
  object: field('String', text, 'Id of what it was done to'),
  version: field('UInt32', z.int(), 'Number of the act on this object, from 1'),
  why: field('String', text, 'Reason, or the text of a note'),
  bulk_id: field('String', text, 'The same for all that was done at once'),
  state: field(CODE, text, 'State of the object after it'),
  assignee: field(CODE, text, 'Who has the alert after it'),
  disposition: field(CODE, text, 'What a closed alert was'),
  tenant: field(CODE, text, 'Whose alert'),
  detector: field(CODE, text, 'Its detector'),
  detector_version: field(CODE, text, 'Version of the detector that a verdict is about'),
  content: field('String', text, 'A silence or a saved view, as JSON'),
  expires: field(TIME, time, 'When a silence ends'),
});

export type Act = Readonly<RowOf<(typeof ACT)['fields']>>;

/** An act before it is durable: whoever makes it so knows the time. */
export type Draft = Omit<Act, 'time'>;
