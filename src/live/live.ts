import { randomUUID } from 'node:crypto';
import { ACT, type Act } from '../act/act.ts';
import { ALERT, type Alert } from '../alert/alert.ts';
import type { Fields, RecordType, RowOf } from '../event/field.ts';
import { copyRows } from '../event/frame/index.ts';
import type { Log, LogRecord, PartitionTask, Topic } from '../log/log.ts';
import { subscribeAll } from '../log/subscribe-all.ts';
import { ORDER, type Order } from '../order/order.ts';

type Unnumbered = { type: 'alert'; row: Alert } | { type: 'revocation'; row: Order } | { type: 'act'; row: Act };
export type LiveItem = Unnumbered & { id: string };

/** Alerts, orders and acts of people as they become durable, from now on. */
export interface Live {
  /** Returns the function that stops it. Listeners are called in the order of the log. */
  listen(listener: (item: LiveItem) => void): () => void;
  /** The latest items, oldest first: what the store may not have yet. */
  recent(): readonly LiveItem[];
  /** What came after the item of that id; undefined when it is too long ago, or was another process. */
  since(id: string): readonly LiveItem[] | undefined;
  /** Resolves when everything appended so far was told. */
  drained(): Promise<void>;
  /** Rejects when it cannot go on. Never resolves before close. */
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

const COMMIT_MS = 10_000;
export const RECENT_MAX = 256;

/** Follows the topics of alerts, revocations and acts from their present end. `group` must not be shared with another follower. */
export async function followLive(log: Log, group: string): Promise<Live> {
  const listeners = new Set<(item: LiveItem) => void>();
  const run = randomUUID();
  const recent: LiveItem[] = [];
  let told = 0;
  const emit = (unnumbered: Unnumbered) => {
    const item: LiveItem = { ...unnumbered, id: `${run}.${told++}` };
    if (recent.push(item) > RECENT_MAX) recent.shift();
    for (const listener of listeners) listener(item);
  };
  const subscriptions = await subscribeAll([
    follow(log, group, 'alerts', ALERT, (row) => emit({ type: 'alert', row })),
    follow(log, group, 'revocations', ORDER, (row) => emit({ type: 'revocation', row })),
    follow(log, group, 'audit', ACT, (row) => emit({ type: 'act', row })),
  ]);
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recent: () => recent.slice(),
    since(id) {
      const at = recent.findIndex((item) => item.id === id);
      return at < 0 ? undefined : recent.slice(at + 1);
    },
    drained: async () => void (await Promise.all(subscriptions.map((subscription) => subscription.drained()))),
    finished: Promise.all(subscriptions.map((subscription) => subscription.finished)).then(() => {}),
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
        for (const { offset, frame } of records) {
          for (const row of rowsIn(type, frame)) emit(row);
          position = offset + 1;
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

/** A frame that cannot be read is passed over: the archive says so and puts it aside, and those behind it are still told. */
function rowsIn<F extends Fields>(type: RecordType<F>, frame: Buffer): RowOf<F>[] {
  try {
    return copyRows(type, frame);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'TRIPLINE_FRAME_CORRUPT') return [];
    throw error;
  }
}
