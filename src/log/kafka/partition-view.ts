import { performance } from 'node:perf_hooks';
import type { Topic } from '../log.ts';
import type { Fetched, Place } from './fetch.ts';

/** What this process knows of one partition; all its readers and writers share it. */
export interface PartitionView extends Place {
  readonly topic: Topic;
  /** Offset after the last record that is known here, ours or somebody's. Only grows. */
  end: number;
  /** What was fetched last at the end, so that readers that have caught up need not fetch it again. */
  latest: (Fetched & { from: number }) | undefined;
  /** When `end` grew, by the timer of this process. */
  moved: number;
  readonly listeners: Set<() => void>;
}

export function createView(topic: Topic, place: Place): PartitionView {
  return { ...place, topic, end: 0, latest: undefined, moved: Number.NEGATIVE_INFINITY, listeners: new Set() };
}

/** The partition reaches at least to `end`. */
export function reaches(view: PartitionView, end: number): void {
  if (end <= view.end) return;
  view.end = end;
  view.moved = performance.now();
  for (const listener of view.listeners) listener();
}
