import { ALERT, type Alert } from '../alert/alert.ts';
import { EVENT } from '../event/event.ts';
import { copyRow, Frame, rowsOf } from '../event/frame/index.ts';
import { inOrder, type LogReader } from '../log/lmdb/reader.ts';
import type { LogRecord, Topic } from '../log/log.ts';
import { ORDER } from '../order/order.ts';
import type { RespondConfig } from '../respond/config.ts';
import type { Policy } from '../respond/policy.ts';
import type { Receivers } from '../respond/route.ts';
import { createDowntime, type Stopped } from './downtime.ts';
import { createRehearsal, type Rehearsed } from './rehearsal.ts';

export interface BacktestOptions {
  policy: Policy;
  config: RespondConfig;
  receivers: Receivers;
  /** Log time, epoch ms. What came before `from` only counts for the size of the fleet. */
  from?: number | undefined;
  to?: number | undefined;
  onProgress?(records: number): void;
}

/** One order that the policy would have made. */
export interface Past extends Rehearsed {
  /** Whom it would have stopped; empty unless it would have gone out. */
  stopped: Stopped[];
  /** Why the same thing was given back when it had really been taken; absent where it was not. */
  judged_wrong?: string;
}

export interface Backtest {
  alerts: number;
  orders: Past[];
}

/**
 * What a policy would have done on the stored log: the decisions and guards of production, in the order and at the times of the log,
 * with receivers that say yes at once. Detectors are not asked again: the alerts are those that were made.
 */
export function backtest(reader: Pick<LogReader, 'records'>, options: BacktestOptions): Backtest {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, onProgress } = options;
  const rehearsal = createRehearsal(options);
  const downtime = createDowntime();
  const orders: Rehearsed[] = [];
  let alerts = 0;
  let records = 0;
  for (const { topic, appended, frame } of merged(reader, ['alerts', 'credentials', 'events'])) {
    if (appended >= to) break;
    onProgress?.(++records);
    if (topic === 'credentials') rehearsal.live(frame, appended);
    else if (topic === 'events') downtime.see(rowsOf(EVENT, Frame.decode(frame)), appended);
    else if (appended >= from)
      for (const alert of rows<Alert>(ALERT, frame)) {
        alerts += 1;
        for (const order of rehearsal.alert(alert, appended)) {
          orders.push(order);
          if (order.outcome === 'taken') downtime.take(order, appended);
        }
      }
  }
  const wrong = givenBack(reader);
  return {
    alerts,
    orders: orders.map((order) => {
      const judged_wrong = wrong.get(keyOf(order));
      return { ...order, stopped: downtime.of(order.order_id), ...(judged_wrong !== undefined && { judged_wrong }) };
    }),
  };
}

type Stored = LogRecord & { topic: Topic };

/** Records of several topics in order of the log's time; within one moment in the order of `topics`. */
function merged(reader: Pick<LogReader, 'records'>, topics: readonly Topic[]): Iterable<Stored> {
  return inOrder(topics.map((topic) => named(topic, reader.records(topic))));
}

function* named(topic: Topic, records: Iterable<LogRecord>): Iterable<Stored> {
  for (const record of records) yield { ...record, topic };
}

function* rows<R>(type: typeof ALERT | typeof ORDER, frame: Buffer): Iterable<R> {
  const cursor = rowsOf(type as typeof ALERT, Frame.decode(frame));
  for (let i = 0; i < cursor.length; i++) yield copyRow(type as typeof ALERT, cursor.seek(i)) as R;
}

type Target = Pick<Rehearsed, 'tenant' | 'target_kind' | 'target'>;
const keyOf = ({ tenant, target_kind, target }: Target) => JSON.stringify([tenant, target_kind, target]);

/** Targets whose real orders were undone, and why. */
function givenBack(reader: Pick<LogReader, 'records'>): Map<string, string> {
  const found = new Map<string, string>();
  for (const { frame } of reader.records('revocations'))
    for (const order of rows<Target & { state: string; who: string; why: string }>(ORDER, frame))
      if (order.state === 'undo_requested' || order.state === 'undone')
        found.set(keyOf(order), `${order.who}: ${order.why}`);
  return found;
}
