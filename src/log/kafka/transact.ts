import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Message, type Transaction } from 'kafkajs';
import type { Weighed } from '../batcher.ts';
import { grouped } from '../grouped.ts';
import type { Append, Commit } from '../log.ts';
import { isType } from './errors.ts';
import type { Place } from './fetch.ts';
import { type KafkaLogConfig, topicName } from './topics.ts';

/** A message and where it goes. */
export interface Sent extends Place {
  message: Omit<Message, 'partition'>;
}

/** One write, ready to be sent. `offsets` are those of its messages, filled when it is durable. */
export interface WriteJob extends Weighed {
  messages: Sent[];
  commits: readonly Commit[];
  offsets: number[];
  /** Where its end is not answered: tell so (InDoubt), rather than ask until it is known. */
  tell?: boolean;
  /** It is being committed: it cannot be given up any more. */
  ending?: boolean;
  /** Nobody waits for it any more: it must not be committed. */
  givenUp?: boolean;
}

/** Whether it can be given up still; then it is not committed. */
export function giveUp(job: WriteJob): boolean {
  job.givenUp = !job.ending;
  return job.givenUp;
}

/** Begins short: the transaction before needs a few ms until it has ended everywhere. About 5 s in all. */
export const RETRY = { initialRetryTime: 5, multiplier: 2, factor: 0.2, maxRetryTime: 1000, retries: 12 };
const REQUEST_OVERHEAD_BYTES = 512;

/** Appends as messages of their topics. */
export function messagesOf(config: KafkaLogConfig, appends: readonly Append[]): Sent[] {
  return appends.map(({ topic, partition, frame }) => ({
    name: topicName(config, topic),
    partition,
    message: { value: frame },
  }));
}

/** Sends everything of the jobs into the transaction, in requests that no message limit refuses. */
export async function fill(
  transaction: Transaction,
  jobs: readonly WriteJob[],
  config: KafkaLogConfig,
  groupId: (commit: Commit) => string,
): Promise<void> {
  const all = jobs.flatMap((job) => job.messages.map((sent, index) => ({ job, sent, index })));
  for (const request of split(all, config.kafka.message_bytes_max)) {
    const topics = grouped(request, ({ sent }) => sent.name);
    const answers = await transaction.sendBatch({
      acks: -1,
      compression: kafkajs.CompressionTypes.LZ4,
      topicMessages: [...topics].map(([topic, sents]) => ({
        topic,
        messages: sents.map(({ sent }) => ({ ...sent.message, partition: sent.partition })),
      })),
    });
    // The answer has the offset of the first message of each partition; the others follow it.
    const next = new Map(
      answers.map((answer) => [`${answer.topicName}/${answer.partition}`, Number(answer.baseOffset)]),
    );
    for (const { job, sent, index } of request) {
      const place = `${sent.name}/${sent.partition}`;
      const offset = next.get(place)!;
      job.offsets[index] = offset;
      next.set(place, offset + 1);
    }
  }
  const groups = grouped(
    jobs.flatMap(({ commits }) => commits),
    groupId,
  );
  for (const [consumerGroupId, commits] of groups) {
    const topic = topicName(config, commits[0]!.topic);
    const latest = new Map(commits.map(({ partition, offset }) => [partition, `${offset}`]));
    const partitions = [...latest].map(([partition, offset]) => ({ partition, offset }));
    await patiently(() => transaction.sendOffsets({ consumerGroupId, topics: [{ topic, partitions }] }));
  }
}

/** Repeats what brokers say was not done because something is not ready yet; kafkajs does not where offsets are sent. */
async function patiently(call: () => Promise<void>): Promise<void> {
  let wait_ms = RETRY.initialRetryTime;
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === RETRY.retries || !isType(error, ...NOT_READY)) throw error;
      await delay(wait_ms);
      wait_ms = Math.min(RETRY.multiplier * wait_ms, RETRY.maxRetryTime);
    }
  }
}

const NOT_READY = [
  'CONCURRENT_TRANSACTIONS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
];

/** A request has one batch for each partition, and a batch is what the limit is about. */
function split<T extends { sent: Sent }>(all: readonly T[], bytes_max: number): T[][] {
  const requests: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const one of all) {
    const size = bytesOf(one.sent);
    if (bytes + size > bytes_max) {
      requests.push([]);
      bytes = REQUEST_OVERHEAD_BYTES;
    }
    requests.at(-1)!.push(one);
    bytes += size;
  }
  return requests;
}

/** About what a message weighs in its batch. */
export function bytesOf({ message: { key, value } }: Sent): number {
  return Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '') + 32;
}
