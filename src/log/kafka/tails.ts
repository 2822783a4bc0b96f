import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { grouped } from '../grouped.ts';
import type { Client, Cluster } from './client.ts';
import type { KafkaConfig } from './config.ts';
import { fetchWhenReady, leaderOf } from './fetch.ts';
import { type PartitionView, reaches } from './partition-view.ts';

/** Watches the ends of partitions that somebody in this process follows. */
export interface Tails {
  follow(view: PartitionView): void;
  unfollow(view: PartitionView): void;
  close(): Promise<void>;
}

const RETRY_MS = 250;

/**
 * One request waits at each broker that leads a followed partition. A partition that stays quiet is given an empty record now
 * and then: its time is the brokers' own, and once it is read nothing that is read later is older.
 */
export function createTails(client: Client, config: KafkaConfig & { read_bytes: number }, cluster: Cluster): Tails {
  const followed = new Map<PartitionView, number>();
  const loops = new Map<string, Promise<void>>();
  const clock = createClock(client, config, followed);
  let closed = false;

  const ledBy = (leader: string) => [...followed.keys()].filter((view) => leaderIn(cluster, view) === leader);
  const watch = async (leader: string) => {
    for (let views = ledBy(leader); views.length > 0 && !closed; views = ledBy(leader)) {
      try {
        await waitAt(cluster, leader, views, config);
      } catch {
        // Readers meet the same trouble and tell of it.
        await delay(RETRY_MS);
        await cluster.refreshMetadata().catch(() => {});
        start();
      }
    }
    loops.delete(leader);
  };
  const start = () => {
    for (const view of followed.keys()) {
      const leader = leaderIn(cluster, view);
      if (!closed && !loops.has(leader)) loops.set(leader, watch(leader));
    }
  };
  return {
    follow(view) {
      followed.set(view, (followed.get(view) ?? 0) + 1);
      start();
    },
    unfollow(view) {
      const followers = followed.get(view)! - 1;
      if (followers > 0) followed.set(view, followers);
      else followed.delete(view);
    },
    async close() {
      closed = true;
      await clock.close();
      await cluster.disconnect();
      await Promise.all(loops.values());
    },
  };
}

function leaderIn(cluster: Cluster, view: PartitionView): string {
  try {
    return leaderOf(cluster, view);
  } catch {
    return NOBODY;
  }
}

/** A loop for partitions without a leader: it waits and asks again. */
const NOBODY = '-1';

async function waitAt(
  cluster: Cluster,
  leader: string,
  views: readonly PartitionView[],
  { read_bytes, poll_ms }: KafkaConfig & { read_bytes: number },
): Promise<void> {
  const wants = views.map((view) => ({ name: view.name, partition: view.partition, from: view.end }));
  const broker = await cluster.findBroker({ nodeId: leader });
  const found = await fetchWhenReady(broker, wants, read_bytes, poll_ms);
  for (const [i, view] of views.entries()) {
    const fetched = found[i];
    if (fetched === undefined) continue;
    if (fetched.next > wants[i]!.from) view.latest = { ...fetched, from: wants[i]!.from };
    reaches(view, Math.max(fetched.next, fetched.end));
  }
}

/** Appends empty records to followed partitions that have been quiet for `clock_ms`. */
function createClock({ kafka }: Client, { clock_ms }: KafkaConfig, followed: ReadonlyMap<PartitionView, number>) {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  let ticking: Promise<void> | undefined;
  let connected = false;
  const tick = async () => {
    const quiet = [...followed.keys()].filter((view) => performance.now() - view.moved >= clock_ms);
    if (quiet.length === 0) return;
    if (!connected) await producer.connect();
    connected = true;
    const topicMessages = [...grouped(quiet, ({ name }) => name)].map(([topic, views]) => ({
      topic,
      messages: views.map(({ partition }) => ({ partition, value: null })),
    }));
    await producer.sendBatch({ acks: -1, topicMessages });
  };
  const start = () => {
    // A time that could not be asked for is asked for again.
    ticking ??= tick()
      .catch(() => {})
      .finally(() => {
        ticking = undefined;
      });
  };
  const timer = setInterval(start, Math.max(1, clock_ms / 4));
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await ticking;
      await producer.disconnect().catch(() => {});
    },
  };
}
