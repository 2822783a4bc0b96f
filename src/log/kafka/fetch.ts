import { TriplineError } from '../../errors.ts';
import { grouped } from '../grouped.ts';
import type { Broker, Cluster, RawMessage, RawPartition } from './client.ts';
import { fromKafka, isType } from './errors.ts';

/** One partition of a topic, by the topic's full name. */
export interface Place {
  name: string;
  partition: number;
}

/** What one fetch brought of a partition: committed records, and where to go on. */
export interface Fetched {
  /** From the asked offset on, without control records and those of aborted transactions. A null value is a record too. */
  messages: RawMessage[];
  /** Above everything that was looked at. The asked offset when nothing was. */
  next: number;
  /** Below it everything is decided: committed or aborted. */
  end: number;
}

export interface Want extends Place {
  from: number;
}

const READ_COMMITTED = 1;
const READ_UNCOMMITTED = 0;
const EARLIEST = -2;
const LATEST = -1;
const ABORTED = 0;

/** A time-out of a request is 100 ms more than it waits; one that wants no bytes is answered at once, whatever it says here. */
const AT_ONCE = { maxWaitTime: 15_000, minBytes: 0 };

/**
 * Reads a partition from an offset on, at once.
 * @throws TriplineError TRIPLINE_LOG_OFFSET_GONE, TRIPLINE_LOG_UNAVAILABLE
 */
export async function fetchAt(cluster: Cluster, want: Want, bytes_max: number): Promise<Fetched> {
  const { name, partition, from } = want;
  try {
    return await withLeader(cluster, want, async (broker) => {
      const [found] = await request(broker, [want], bytes_max, AT_ONCE);
      // A single partition is always given at least a batch: where there is none, all that was there is gone (compaction).
      if (found && found.next === from && found.end > from) return { ...found, next: found.end };
      return found ?? { messages: [], next: from, end: 0 };
    });
  } catch (error) {
    if (!isType(error, 'OFFSET_OUT_OF_RANGE')) throw fromKafka(error);
    const first = await firstOffset(cluster, want);
    if (from < first)
      throw new TriplineError('TRIPLINE_LOG_OFFSET_GONE', `Record ${from} of ${name}/${partition} was retired`);
    return { messages: [], next: from, end: 0 };
  }
}

/** Waits at one broker until any of these partitions has something after `from`; in the order of `wants`, undefined where nothing came. */
export async function fetchWhenReady(
  broker: Broker,
  wants: readonly Want[],
  bytes_max: number,
  wait_ms: number,
): Promise<(Fetched | undefined)[]> {
  return request(broker, wants, bytes_max, { maxWaitTime: wait_ms, minBytes: 1 });
}

async function request(
  broker: Broker,
  wants: readonly Want[],
  bytes_max: number,
  wait: { maxWaitTime: number; minBytes: number },
): Promise<(Fetched | undefined)[]> {
  const topics = grouped(wants, ({ name }) => name);
  const { responses } = await broker.fetch({
    isolationLevel: READ_COMMITTED,
    ...wait,
    maxBytes: bytes_max,
    topics: [...topics].map(([topic, asked]) => ({
      topic,
      partitions: asked.map(({ partition, from }) => ({ partition, fetchOffset: `${from}`, maxBytes: bytes_max })),
    })),
  });
  const found = new Map<string, RawPartition>();
  for (const { topicName, partitions } of responses)
    for (const raw of partitions) found.set(`${topicName}/${raw.partition}`, raw);
  return wants.map(({ name, partition, from }) => {
    const raw = found.get(`${name}/${partition}`);
    return raw && fetchedOf(raw, from);
  });
}

function fetchedOf(raw: RawPartition, from: number): Fetched {
  const last = raw.messages.at(-1)?.batchContext;
  const next = last === undefined ? from : Math.max(from, Number(last.firstOffset) + last.lastOffsetDelta + 1);
  const messages = committed(raw).filter((message) => Number(message.offset) >= from && !message.isControlRecord);
  return { messages, next, end: Number(raw.lastStableOffset) };
}

/** Without what belongs to aborted transactions: each begins at an offset and ends with the marker of its producer. */
function committed({ messages, abortedTransactions }: RawPartition): RawMessage[] {
  if (abortedTransactions.length === 0) return messages;
  const starts = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, first: Number(firstOffset) }))
    .toSorted((a, b) => a.first - b.first);
  const aborted = new Set<string>();
  return messages.filter((message) => {
    while (starts.length > 0 && Number(message.offset) >= starts[0]!.first) aborted.add(starts.shift()!.producerId);
    const { producerId, inTransaction } = message.batchContext;
    // A control record's key is its version and its type, two bytes each.
    if (message.isControlRecord && message.key?.readInt16BE(2) === ABORTED) aborted.delete(producerId);
    return !(inTransaction && aborted.has(producerId));
  });
}

/** Oldest kept offset. @throws TriplineError TRIPLINE_LOG_UNAVAILABLE */
export const firstOffset = (cluster: Cluster, place: Place) => offset(cluster, place, EARLIEST, READ_UNCOMMITTED);
/** Below it everything is decided. */
export const stableOffset = (cluster: Cluster, place: Place) => offset(cluster, place, LATEST, READ_COMMITTED);
/** Above everything that was appended, also what is not decided yet. */
export const highOffset = (cluster: Cluster, place: Place) => offset(cluster, place, LATEST, READ_UNCOMMITTED);

async function offset(cluster: Cluster, place: Place, timestamp: number, isolationLevel: number): Promise<number> {
  const { name, partition } = place;
  try {
    return await withLeader(cluster, place, async (broker) => {
      const topics = [{ topic: name, partitions: [{ partition, timestamp }] }];
      const { responses } = await broker.listOffsets({ isolationLevel, topics });
      return Number(responses[0]!.partitions[0]!.offset);
    });
  } catch (error) {
    throw fromKafka(error);
  }
}

/** A partition may have another leader by now: asked once more after looking. */
async function withLeader<T>(cluster: Cluster, place: Place, work: (broker: Broker) => Promise<T>): Promise<T> {
  try {
    return await work(await cluster.findBroker({ nodeId: leaderOf(cluster, place) }));
  } catch (error) {
    if (isType(error, 'OFFSET_OUT_OF_RANGE')) throw error;
    await cluster.refreshMetadata();
    return work(await cluster.findBroker({ nodeId: leaderOf(cluster, place) }));
  }
}

/** Id of the broker that leads a partition; '-1' where none does. */
export function leaderOf(cluster: Cluster, { name, partition }: Place): string {
  return Object.keys(cluster.findLeaderForPartitions(name, [partition]))[0] ?? '-1';
}
