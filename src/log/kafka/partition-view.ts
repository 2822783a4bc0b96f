import assert from 'node:assert';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { TOPICS, type Topic } from '../log.ts';
import type { Cluster } from './client.ts';
import { type Fetched, type Place, stableOffset } from './fetch.ts';
import { type KafkaLogConfig, topicName } from './topics.ts';

/** What this process knows of one partition; all its readers and writers share it. */
export interface PartitionView extends Place {
  readonly topic: Topic;
  /** Offset after the last record that is known here, ours or somebody's. Only grows. */
  end: number;
  /** Offset after the last record that was written here. */
  written: number;
  /** Below it everything is known to be decided, here. */
  decided: number;
  /** What was fetched last at the end, so that readers that have caught up need not fetch it again. */
  latest: (Fetched & { from: number }) | undefined;
  /** When `end` grew, by the timer of this process. */
  moved: number;
  readonly listeners: Set<() => void>;
}

function createView(topic: Topic, place: Place): PartitionView {
  const moved = Number.NEGATIVE_INFINITY;
  return { ...place, topic, end: 0, written: 0, decided: 0, latest: undefined, moved, listeners: new Set() };
}

/**
 * Offset below which everything is decided; what was written here is. A transaction whose end was answered may need a moment
 * until it has ended in every partition.
 */
export async function decidedEnd(view: PartitionView, reads: Cluster): Promise<number> {
  for (;;) {
    const { written } = view;
    view.decided = Math.max(view.decided, await stableOffset(reads, view));
    if (view.decided >= written) return view.decided;
    await delay(UNDECIDED_MS);
  }
}

/** Wait before the brokers are asked again for what is not decided yet. */
export const UNDECIDED_MS = 5;

/** The partition reaches at least to `end`. */
export function reaches(view: PartitionView, end: number): void {
  if (end <= view.end) return;
  view.end = end;
  view.moved = performance.now();
  for (const listener of view.listeners) listener();
}

/** Those of all topics. Asking for a partition that is not there is a mistake of ours. */
export function createViews(config: KafkaLogConfig): (topic: Topic, partition: number) => PartitionView {
  const views = new Map(
    TOPICS.flatMap((topic) =>
      Array.from({ length: config.partitions[topic] }, (_, partition) => [
        `${topic}/${partition}`,
        createView(topic, { name: topicName(config, topic), partition }),
      ]),
    ),
  );
  return (topic, partition) => {
    const view = views.get(`${topic}/${partition}`);
    assert(view, `${topic} has a partition ${partition}`);
    return view;
  };
}
