import pino from 'pino';
import { ALERT, type Alert } from '../alert/alert.ts';
import { type AgentEvent, EVENT } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import type { LogRecord } from '../log/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createCaps } from './caps.ts';
import { RespondConfig } from './config.ts';
import { newCourse, type OrdersDeps } from './course.ts';
import { decide, type Proposal } from './decide.ts';
import { createLedger, type Entry } from './ledger.ts';
import { open } from './orders.ts';
import { loadPolicy, type Policy } from './policy.ts';
import type { Capabilities, Receiver, RevokeResult } from './revoker.ts';

/** Alerts, policies and orders for the tests of this folder. */

export const NOW = Date.UTC(2026, 10, 26, 8);

export function alertOf(values: Partial<Alert> = {}): Alert {
  return rowOf(ALERT, {
    alert_id: 'alr_1',
    time: NOW - 10,
    detected: NOW - 5,
    tenant: 'acme',
    detector: 'token-replay',
    detector_version: '1',
    maturity: 'stable',
    severity: 'high',
    confidence: 0.9,
    reason: 'two_places',
    summary: 'One token was used in two places.',
    subject_kind: 'credential',
    subject: 'jwt:abc',
    agent_id: 'agent-1',
    credential: 'jwt:abc',
    credential_handles: { jti: 'j-1', client_id: 'app-1' },
    producers: ['gateway'],
    appended: NOW - 8,
    ...values,
  });
}

/** A policy of one rule, `rule`, and whatever else is said. */
export function policyOf(rule: object = {}, more: object = {}): Policy {
  const first = { name: 'rule', mode: 'enforce', receivers: ['first', 'second'], ...rule };
  return loadPolicy(JSON.stringify({ version: 1, ...more, rules: [first] }));
}

/** What the policy wants for an alert. */
export function proposalOf(policy: Policy, alert: Alert = alertOf()): Proposal {
  const [proposal] = decide(alert, { policy }).orders ?? [];
  if (proposal === undefined) throw new Error('The policy asks for nothing');
  return proposal;
}

export const CAPABLE: Capabilities = {
  actions: ['notify', 'throttle', 'step_up', 'suspend', 'revoke'],
  targets: ['credential', 'session', 'agent_instance', 'agent'],
  handles: [],
  undo: false,
};

export type Reply = Receiver['revoke'];

/** A receiver inside this process. */
export function receiverOf(revoke: Reply, capabilities: Partial<Capabilities> = {}): Receiver {
  return { capabilities: { ...CAPABLE, ...capabilities }, check: async () => 'is there', revoke };
}

const YES: RevokeResult = { status: 'accepted', http_status: 200 };

export function ordersDeps(values: Partial<OrdersDeps> = {}): OrdersDeps {
  return {
    ledger: createLedger(),
    caps: createCaps(),
    receivers: new Map(['first', 'second'].map((name) => [name, receiverOf(async () => YES)])),
    config: RespondConfig.parse({}),
    metrics: createMetrics(),
    logger: pino({ level: 'silent' }),
    clock: () => NOW,
    random: () => 0,
    ...values,
  };
}

/** An order on its way to its first receiver. */
export function sentEntry(deps: OrdersDeps, alert: Alert = alertOf(), policy: Policy = policyOf()): Entry {
  const proposal = proposalOf(policy, alert);
  open(newCourse(deps), proposal, { state: 'sent', held_by: '', why: '' });
  return deps.ledger.get(proposal.head.order_id)!;
}

export function eventOf(values: Partial<AgentEvent> = {}): AgentEvent {
  return rowOf(EVENT, {
    event_id: 'evt_1',
    kind: 'token_use',
    tenant: 'acme',
    producer: 'gateway',
    agent_id: 'agent-1',
    credential: 'jwt:abc',
    outcome: 'ok',
    time: NOW,
    ...values,
  });
}

export function recordOf(appended: number, events: readonly AgentEvent[], offset = 0): LogRecord {
  return { offset, appended, frame: encodeFrame(EVENT.columns, events) };
}
