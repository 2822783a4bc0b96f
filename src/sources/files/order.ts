import type { Mapped } from '../mapped.ts';

/** Something from a file with the event time that orders it. */
export interface Timed<T> {
  value: T;
  time_ms: number;
}

/**
 * Puts events into order of event time with at most `events_max` held back. A file up to that size comes out
 * fully ordered; a larger one is ordered as far as that reaches. Detectors judge late events as late, and
 * files of whole runs, one after the other, are full of them.
 */
export async function* inTimeOrder<T>(source: AsyncIterable<Timed<T>>, events_max: number): AsyncGenerator<Timed<T>> {
  let held: Timed<T>[] = [];
  for await (const entry of source) {
    held.push(entry);
    if (held.length < events_max) continue;
    held.sort(byTime);
    const half = Math.max(1, events_max >> 1);
    yield* held.slice(0, half);
    held = held.slice(half);
  }
  yield* held.sort(byTime);
}

/** Stable: what has one time stays in the order of the file. */
const byTime = <T>(a: Timed<T>, b: Timed<T>) => a.time_ms - b.time_ms;

/** Event times of a file's entries. One without a time stays where it stood. */
export async function* withTimes<T extends { mapped: Mapped }>(source: AsyncIterable<T>): AsyncGenerator<Timed<T>> {
  let last_ms = 0;
  for await (const value of source) {
    const time_ms = value.mapped.ok ? Date.parse(value.mapped.event.time ?? '') : Number.NaN;
    if (!Number.isNaN(time_ms)) last_ms = time_ms;
    yield { value, time_ms: last_ms };
  }
}
