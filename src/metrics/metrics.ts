import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const LATENCY_MS = [1, 2, 5, 10, 20, 30, 40, 50, 75, 100, 150, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000];

/** Everything Tripline counts, in one place. Every limit has a counter of what it threw away. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `tripline_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `tripline_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({ name: `tripline_${name}`, help, labelNames, buckets: LATENCY_MS, registers });

  return {
    registry,
    eventsAccepted: counter('events_accepted_total', 'Events made durable', ['door']),
    eventsRejected: counter('events_rejected_total', 'Events refused with a reason', ['door', 'field']),
    eventsDuplicate: counter('events_duplicate_total', 'Events that had been accepted before', ['door']),
    dedupeForgotten: counter('dedupe_forgotten_total', 'Event ids forgotten by the limit of the repeat window', []),
    requestsShed: counter('requests_shed_total', 'Requests refused by a limit', ['limit']),
    notifications: counter('notifications_total', 'Orders that a chat was told of, or was not', ['chat', 'outcome']),
    securityEvents: counter('security_events_total', 'Security events of streams', ['receiver', 'outcome']),
    spooledWrites: gauge('spooled_writes', 'Accepted writes kept on the local disk while Kafka is away', []),
    secretsFound: counter('secrets_found_total', 'Secrets found and redacted at the door', ['rule']),
    eventsLate: counter('events_late_total', 'Events too late for detectors', ['detector']),
    clockSkew: counter('clock_skew_total', 'Events stamped in the future and clamped', ['producer']),
    watermarkLagMs: gauge('watermark_lag_ms', 'Log time less watermark of a partition', ['topic', 'partition']),
    consumerLag: gauge('consumer_lag_records', 'Records appended and not yet processed', ['group']),
    operatorKeys: gauge('operator_keys', 'Keys held by an operator', ['detector', 'operator']),
    operatorEvictions: counter('operator_evictions_total', 'Keys evicted by a limit', ['detector', 'operator']),
    operatorLate: counter('operator_late_total', 'Values older than the window of their key', ['detector', 'operator']),
    detectorFailures: counter('detector_failures_total', 'Events on which a detector threw', ['detector']),
    alerts: counter('alerts_total', 'Alerts', ['detector', 'severity']),
    alertsSuppressed: counter('alerts_suppressed_total', 'Findings held back as repeats', ['detector']),
    reloads: counter('reloads_total', 'Changes of configuration and policy while running', ['part', 'result']),
    orders: counter('orders_total', 'Transitions of orders', ['state', 'receiver']),
    ordersNow: gauge('orders', 'Orders kept, by present state', ['state']),
    archiveStalledMs: gauge('archive_stalled_ms', 'How long the store has not taken what waits', []),
    snapshotAgeMs: gauge('snapshot_age_ms', 'Since the state of a partition that has work was saved', [
      'topic',
      'partition',
    ]),
    ordersHeld: counter('orders_held_total', 'Orders held back by a guard', ['guard']),
    eventToAlertMs: histogram('event_to_alert_ms', 'Event durable to alert durable', ['detector']),
    eventToOrderMs: histogram('event_to_order_ms', 'Event durable to signed order leaving', ['receiver']),
    orderToConfirmedMs: histogram('order_to_confirmed_ms', 'Order leaving to proof that the credential is gone', [
      'receiver',
    ]),
    storeRows: counter('store_rows_total', 'Rows inserted into the store', ['table']),
    storeErrors: counter('store_errors_total', 'Failed inserts', ['table', 'code']),
    storeRefused: counter('store_frames_refused_total', 'Frames that the store refuses for good', ['table', 'kept']),
    acts: counter('acts_total', 'Acts of people made durable', ['act']),
    actConflicts: counter('act_conflicts_total', 'Acts refused since somebody else had acted', ['object_kind']),
    actsUnstored: gauge('acts_unstored', 'Acts in the log that the store does not have yet', []),
    streams: gauge('streams_open', 'Live streams open', []),
    streamsDropped: counter('streams_dropped_total', 'Live streams refused or let go by a limit', ['reason']),
    logBytes: gauge('log_bytes', 'Size of the log on disk', []),
    workerRestarts: counter('worker_restarts_total', 'Workers that ended by themselves and were started again', []),
    storeBytes: gauge('store_bytes', 'Size of the store on disk', []),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
