import { describe, expect, it } from 'vitest';
import { ALERT, type Alert } from '../alert/alert.ts';
import { type AgentEvent, EVENT } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import type { LogReader } from '../log/lmdb/reader.ts';
import type { Topic } from '../log/log.ts';
import { ORDER, type Order } from '../order/order.ts';
import { RespondConfig } from '../respond/config.ts';
import { alertOf, eventOf, NOW, policyOf, receiverOf } from '../respond/testing.ts';
import { type BacktestOptions, backtest } from './backtest.ts';

const MINUTE = 60_000;
const YES = receiverOf(async () => {
  throw new Error('nobody may be asked');
});

interface Story {
  alerts?: Partial<Alert>[];
  events?: Partial<AgentEvent>[];
  orders?: Partial<Order>[];
}

/** A log of what happened, at `appended` of alerts and `time` of the rest. */
function logOf({ alerts = [], events = [], orders = [] }: Story): Pick<LogReader, 'records'> {
  const record = (appended: number, frame: Buffer) => ({ partition: 0, offset: 0, appended, frame });
  const used = events.map((event) => eventOf(event));
  const records: Partial<Record<Topic, ReturnType<typeof record>[]>> = {
    alerts: alerts.map(alertOf).map((alert) => record(alert.appended, encodeFrame(ALERT.columns, [alert]))),
    events: used.map((event) => record(event.time, encodeFrame(EVENT.columns, [event]))),
    credentials: used.map((event) => record(event.time, encodeFrame(EVENT.columns, [event]))),
    revocations: orders.map((order) => record(NOW, encodeFrame(ORDER.columns, [rowOf(ORDER, order)]))),
  };
  return { records: (topic) => records[topic] ?? [] };
}

const run = (story: Story, options: Partial<BacktestOptions> = {}) =>
  backtest(logOf(story), {
    policy: policyOf(),
    config: RespondConfig.parse({}),
    receivers: new Map([
      ['first', YES],
      ['second', YES],
    ]),
    ...options,
  });
const outcomes = (story: Story, options: Partial<BacktestOptions> = {}) =>
  run(story, options).orders.map(({ alert_id, outcome }) => `${alert_id} ${outcome}`);

const alert = (alert_id: string, after_ms = 0, more: Partial<Alert> = {}): Partial<Alert> => ({
  alert_id,
  appended: NOW + after_ms,
  ...more,
});

describe('a backtest', () => {
  it('takes a credential once, however many alerts are about it, at the time of the log', () => {
    const { alerts, orders } = run({ alerts: [alert('a'), alert('b', 10), alert('c', 20, { subject: 'jwt:other' })] });
    expect(alerts).toBe(3);
    expect(orders).toMatchObject([
      { alert_id: 'a', time: NOW, target_kind: 'credential', target: 'jwt:abc', outcome: 'taken', stopped: [] },
      { alert_id: 'c', time: NOW + 20, target: 'jwt:other', outcome: 'taken' },
    ]);
  });

  it('says who would have been stopped, in how many calls that went well, and until when', () => {
    const call = (after_ms: number, more: Partial<AgentEvent> = {}) => ({ time: NOW + after_ms, ...more });
    const events = [
      call(-1),
      call(MINUTE),
      call(2 * MINUTE, { outcome: 'denied' }),
      call(3 * MINUTE),
      call(3 * MINUTE, { agent_id: 'agent-2' }),
      call(4 * MINUTE, { agent_id: 'agent-2', tenant: 'other', credential: 'jwt:new' }),
      call(5 * MINUTE, { credential: 'jwt:new' }),
      call(6 * MINUTE, { credential: 'jwt:newer' }),
    ];
    expect(run({ alerts: [alert('a')], events }).orders[0]!.stopped).toEqual([
      { agent_id: 'agent-1', calls: 2, down_ms: 5 * MINUTE },
      { agent_id: 'agent-2', calls: 1, down_ms: 3 * MINUTE },
    ]);
  });

  it('keeps an agent down that is the target itself, whatever credential it has', () => {
    const events = [MINUTE, 2 * MINUTE].map((after, i) => ({ time: NOW + after, credential: `jwt:${i}` }));
    const { orders } = run({ alerts: [alert('a')], events }, { policy: policyOf({ target: 'agent' }) });
    expect(orders[0]!.stopped).toEqual([{ agent_id: 'agent-1', calls: 2, down_ms: 2 * MINUTE }]);
  });

  it('holds what a guard holds, only notes what a sandbox detector says, and knows what no receiver can do', () => {
    const many = ['1', '2', '3'].map((id) => alert(id, 0, { subject: `jwt:${id}`, credential: `jwt:${id}` }));
    expect(outcomes({ alerts: many }, { policy: policyOf({ caps: { orders_max: 2 } }) })).toEqual([
      '1 taken',
      '2 taken',
      '3 held',
    ]);
    expect(outcomes({ alerts: [alert('a', 0, { maturity: 'sandbox' })] })).toEqual(['a observed']);
    expect(outcomes({ alerts: [alert('a')] }, { policy: policyOf({ mode: 'approve' }) })).toEqual(['a held']);
    const unable = receiverOf(YES.revoke, { targets: ['agent'] });
    const receivers = new Map([
      ['first', unable],
      ['second', unable],
    ]);
    expect(outcomes({ alerts: [alert('a')] }, { receivers })).toEqual(['a failed']);
  });

  it('counts the fleet of the log for a cap that is a share of it', () => {
    const alerts = ['1', '2', '3', '4'].map((id) => alert(id, 1, { subject: `jwt:${id}`, credential: `jwt:${id}` }));
    const events = Array.from({ length: 12 }, (_, i) => ({ time: NOW, agent_id: `a${i}` }));
    const policy = policyOf({ caps: { fleet_share_max: 0.25, fleet_orders_min: 1 } });
    expect(outcomes({ alerts, events }, { policy })).toEqual(['1 taken', '2 taken', '3 taken', '4 held']);
    expect(outcomes({ alerts }, { policy })).toEqual(['1 taken', '2 held', '3 held', '4 held']);
  });

  it('looks only at the alerts of its time', () => {
    const alerts = ['1', '2', '3'].map((id, i) => alert(id, i, { subject: `jwt:${id}` }));
    expect(outcomes({ alerts }, { from: NOW + 1, to: NOW + 2 })).toEqual(['2 taken']);
  });

  it('shows which of them somebody took back when they really happened', () => {
    const undone = { tenant: 'acme', target_kind: 'credential', target: 'jwt:abc', who: 'ann', why: 'it was a test' };
    const orders = [{ ...undone, state: 'undone' as const }] as Partial<Order>[];
    expect(run({ alerts: [alert('a')], orders }).orders[0]!.judged_wrong).toBe('ann: it was a test');
    expect(run({ alerts: [alert('a', 0, { tenant: 'umbrella' })], orders }).orders[0]).not.toHaveProperty(
      'judged_wrong',
    );
  });
});
