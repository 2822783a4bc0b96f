import pino from 'pino';
import { ALERT, type Alert } from '../alert/alert.ts';
import { type AgentEvent, EVENT } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { copyRow, encodeFrame, Frame, rowsOf } from '../event/frame/index.ts';
import type { Log, LogRecord, Topic } from '../log/log.ts';
import { partitionOf } from '../log/partition.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { ORDER, type Order } from '../order/order.ts';
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

/** Puts alerts into the log as detectors do. */
export async function raise(log: Log, ...alerts: Alert[]): Promise<void> {
  for (const alert of alerts) {
    const partition = partitionOf(alert.subject, log.partitions('alerts'));
    await log.write({ append: [{ topic: 'alerts', partition, frame: encodeFrame(ALERT.columns, [alert]) }] });
  }
}

/** Puts uses of credentials into the log as the door does. */
export async function observe(log: Log, ...events: AgentEvent[]): Promise<void> {
  for (const event of events) {
    const partition = partitionOf(event.credential, log.partitions('credentials'));
    await log.write({ append: [{ topic: 'credentials', partition, frame: encodeFrame(EVENT.columns, [event]) }] });
  }
}

/** Every row of every order, by order and in the order it was written. */
export async function histories(log: Log): Promise<Map<string, Order[]>> {
  const found = new Map<string, Order[]>();
  for (let partition = 0; partition < log.partitions('revocations'); partition++) {
    for (const { frame } of await readAll(log, 'revocations', partition)) {
      const cursor = rowsOf(ORDER, Frame.decode(frame));
      for (let i = 0; i < cursor.length; i++) {
        const order = copyRow(ORDER, cursor.seek(i));
        found.set(order.order_id, [...(found.get(order.order_id) ?? []), order]);
      }
    }
  }
  return found;
}

/** The alerts that the response made about itself. */
export async function notices(log: Log): Promise<Alert[]> {
  const found: Alert[] = [];
  for (let partition = 0; partition < log.partitions('alerts'); partition++) {
    for (const { frame } of await readAll(log, 'alerts', partition)) {
      const cursor = rowsOf(ALERT, Frame.decode(frame));
      for (let i = 0; i < cursor.length; i++) found.push(copyRow(ALERT, cursor.seek(i)));
    }
  }
  return found.filter(({ detector }) => detector.startsWith('revocation-'));
}

async function readAll(log: Log, topic: Topic, partition: number): Promise<LogRecord[]> {
  const { first, next } = await log.bounds(topic, partition);
  return next === first ? [] : log.read(topic, partition, first, 1 << 30);
}
