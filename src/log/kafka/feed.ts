import { setTimeout as delay } from 'node:timers/promises';
import type { Feed, Stretch } from '../feed.ts';
import type { LogRecord } from '../log.ts';
import type { Cluster, RawMessage } from './client.ts';
import { type Fetched, fetchAt, highOffset } from './fetch.ts';
import { type PartitionView, UNDECIDED_MS } from './partition-view.ts';

/**
 * A partition for the loop of a subscriber. Its time is that of the last record read, which no later record falls below: a
 * broker whose clock is set back is waited for.
 */
export function feedOf(view: PartitionView, reads: Cluster, bytes_max: number): Feed {
  let time = 0;
  let told = 0;
  /** Fetched and not yet handed over: brokers send whole batches. */
  let rest: { from: number; messages: readonly RawMessage[]; next: number } | undefined;

  const fetch = async (from: number): Promise<Fetched> => {
    const { latest } = view;
    return latest?.from === from ? latest : fetchAt(reads, { ...view, from }, bytes_max);
  };
  return {
    next: () => view.end,
    // What is not decided yet counts as appended.
    end: () => highOffset(reads, view),
    async read(from, bytes) {
      if (rest?.from !== from) {
        const { messages, next } = await fetch(from);
        if (next === from) await delay(UNDECIDED_MS);
        rest = { from, messages, next };
      }
      const { stretch, left } = take(rest.messages, rest.next, bytes, time);
      rest = left.length === 0 ? undefined : { from: stretch.next, messages: left, next: rest.next };
      time = stretch.time;
      return stretch;
    },
    time() {
      if (time === told) return undefined;
      told = time;
      return time;
    },
    onAppend(listener) {
      view.listeners.add(listener);
      return () => view.listeners.delete(listener);
    },
  };
}

/**
 * The first messages that hold frames, up to about `bytes_max`.
 * @param time that no record may fall below
 */
export function take(
  messages: readonly RawMessage[],
  next: number,
  bytes_max: number,
  time = 0,
): { stretch: Stretch & { time: number }; left: readonly RawMessage[] } {
  const records: LogRecord[] = [];
  let latest = time;
  let bytes = 0;
  for (const [i, { offset, value, batchContext }] of messages.entries()) {
    bytes += value?.length ?? 0;
    if (value !== null && records.length > 0 && bytes > bytes_max)
      return {
        stretch: { records, next: records.at(-1)!.offset + 1, time: latest },
        left: messages.slice(i),
      };
    // The brokers' time, which a batch has once.
    latest = Math.max(latest, Number(batchContext.maxTimestamp));
    // An empty record only tells the time.
    if (value !== null) records.push({ offset: Number(offset), appended: latest, frame: value });
  }
  return { stretch: { records, next, time: latest }, left: [] };
}
