import * as z from 'zod';
import { SUBJECT_KINDS } from '../alert/alert.ts';
import { CODE, field, type RowOf, recordType, TIME } from '../event/field.ts';

export const MODES = ['observe', 'approve', 'enforce'] as const;
export const ACTIONS = ['notify', 'throttle', 'step_up', 'suspend', 'revoke'] as const;
export const STATES = [
  'observed',
  'proposed',
  'held',
  'sent',
  'accepted',
  'confirmed',
  'failed',
  'irrevocable',
  'escalated',
  'expired',
  'undo_requested',
  'undone',
] as const;
export type Mode = (typeof MODES)[number];
export type Action = (typeof ACTIONS)[number];
export type OrderState = (typeof STATES)[number];

const text = z.string().max(4096);
const time = z.iso.datetime();

/** One transition of an order. The rows of one order_id, by seq, are its history; the last one is its state. */
export const ORDER = recordType('revocations', {
  order_id: field(
    'String',
    text,
    'Hash of tenant, target, action and the alert that asked for it; also the webhook-id',
  ),
  seq: field('UInt32', z.int(), 'Number of the transition, from 0'),
  state: field(CODE, z.enum(STATES), 'State after this transition'),
  time: field(TIME, time, 'When the transition happened'),
  who: field(CODE, text, 'Who caused it: policy, receiver, stream, a person'),
  why: field('String', text, 'Why, in one sentence'),
  tenant: field(CODE, text, 'Whose fleet'),
  alert_id: field('String', text, 'The alert that asked for it'),
  detector: field(CODE, text, 'Its detector'),
  rule: field(CODE, text, 'Rule of the policy that decided'),
  policy_version: field(CODE, text, 'Hash of the policy that decided'),
  mode: field(CODE, z.enum(MODES), 'observe, approve or enforce'),
  action: field(CODE, z.enum(ACTIONS), 'What is asked for'),
  target_kind: field(CODE, z.enum(SUBJECT_KINDS), 'What it is done to'),
  target: field('String', text, 'Id of what it is done to'),
  agent_id: field(CODE, text, 'Agent that the alert is about'),
  credential: field(CODE, text, 'Credential fingerprint'),
  credential_handles: field(
    'Map(String, String)',
    z.record(z.string(), text),
    'Names by which the issuer can revoke it',
  ),
  receiver: field(CODE, text, 'Receiver that is asked'),
  attempt: field('UInt16', z.int(), 'Number of the attempt at this receiver, from 1'),
  http_status: field('UInt16', z.int(), 'Status of the answer, 0 where none'),
  proof: field('String', text, 'What proves it: an event id, an introspection answer'),
  can_undo: field('UInt8', z.int(), '1 where the receiver can undo it'),
  event_appended: field('Float64', z.number(), 'Log time of the crossing event, epoch ms'),
});

export type Order = Readonly<RowOf<(typeof ORDER)['fields']>>;
