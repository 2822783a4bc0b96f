import { ALERT, type Alert } from '../alert/alert.ts';
import type { Fields, RecordType, RowOf } from '../event/field.ts';
import { copyRow, Frame, rowsOf } from '../event/frame/index.ts';
import type { Log, LogRecord, PartitionTask, Subscription, Topic } from '../log/log.ts';
import { ORDER, type Order } from '../order/order.ts';

export type LiveItem = { type: 'alert'; row: Alert } | { type: 'revocation'; row: Order };

/** Alerts and orders as they become durable, from now on. */
export interface Live {
  /** Returns the function that stops it. Listeners are called in the order of the log. */
  listen(listener: (item: LiveItem) => void): () => void;
  /** Resolves when everything appended so far was told. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

const COMMIT_MS = 10_000;

/** Follows the alerts and revocations topics from their present end. `group` must not be shared with another follower. */
export async function followLive(log: Log, group: string): Promise<Live> {
  const listeners = new Set<(item: LiveItem) => void>();
  const emit = (item: LiveItem) => {
    for (const listener of listeners) listener(item);
  };
  const subscriptions: Subscription[] = [
    await follow(log, group, 'alerts', ALERT, (row) => emit({ type: 'alert', row })),
    await follow(log, group, 'revocations', ORDER, (row) => emit({ type: 'revocation', row })),
  ];
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    drained: async () => void (await Promise.all(subscriptions.map((subscription) => subscription.drained()))),
    async close() {
      await Promise.all(subscriptions.map((subscription) => subscription.close()));
    },
  };
}

function follow<F extends Fields>(
  log: Log,
  group: string,
  topic: Topic,
  type: RecordType<F>,
  emit: (row: RowOf<F>) => void,
) {
  return log.subscribe(topic, group, async (partition): Promise<PartitionTask> => {
    let position = (await log.bounds(topic, partition)).next;
    let committed = -1;
    let committedAt = Number.NEGATIVE_INFINITY;
    return {
      position,
      async process(records: readonly LogRecord[]) {
        for (const record of records) {
          const cursor = rowsOf(type, Frame.decode(record.frame));
          for (let i = 0; i < cursor.length; i++) emit(copyRow(type, cursor.seek(i)));
          position = record.offset + 1;
        }
      },
      // A follower has no work to lose; it commits only so that retention need not wait for it.
      async tick(now: number) {
        if (position === committed || now - committedAt < COMMIT_MS) return;
        await log.write({ commit: [{ group, topic, partition, offset: position }] });
        committed = position;
        committedAt = now;
      },
    };
  });
}
