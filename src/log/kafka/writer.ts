import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Message, type Producer, type Transaction } from 'kafkajs';
import { TriplineError } from '../../errors.ts';
import { createBatcher, type Weighed } from '../batcher.ts';
import type { Append, Commit } from '../log.ts';
import type { Client, Cluster } from './client.ts';
import { fromKafka, isFenced, isType } from './errors.ts';
import { fetchAt, type Place } from './fetch.ts';
import { grouped } from './grouped.ts';
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
}

export interface Writer {
  /**
   * Resolves when everything of the job is durable.
   * @throws TriplineError TRIPLINE_PARTITION_LOST when another process has taken the name of this writer
   */
  write(job: WriteJob): Promise<void>;
  /** Takes the name: whoever had it before writes nothing more, and what it left open is decided. */
  open(): Promise<void>;
  /** Waits for what was asked. */
  close(): Promise<void>;
}

export interface WriterOptions {
  client: Client;
  config: KafkaLogConfig;
  /** For reading what became of a transaction. */
  reads: Cluster;
  /** Transactional id. */
  id: string;
  /** Group of the broker that holds the commits of one of our groups on a topic. */
  groupId(commit: Commit): string;
  /** Whether the name is still ours to take, asked each time after it was taken. Without it the name is nobody else's. */
  verify?: () => Promise<void>;
  refused(): void;
}

interface Session {
  producer: Producer;
  transaction: Transaction;
}

const RETRY_MS = [50, 100, 250, 500, 1000, 2000];
/** Begins short: the transaction before needs a few ms until it has ended everywhere. About 5 s in all. */
const RETRY = { initialRetryTime: 5, multiplier: 2, factor: 0.2, maxRetryTime: 1000, retries: 12 };
const REQUEST_OVERHEAD_BYTES = 512;

/** Writes under one transactional id: each group of jobs is one transaction, all of it or nothing. */
export function createWriter(options: WriterOptions): Writer {
  const { config } = options;
  let session: Promise<Session> | undefined;
  let closed = false;

  const drop = async () => {
    const had = session;
    session = undefined;
    await had?.then(({ producer }) => producer.disconnect()).catch(() => {});
  };
  const open = (): Promise<Session> => {
    const opening = session ?? openSession(options);
    session = opening;
    opening.catch(() => {
      if (session === opening) session = undefined;
    });
    return opening;
  };
  /** Errors of a lost name are final for an owner; others are worth another try. */
  const failure = (error: unknown) => {
    if (!isFenced(error)) return fromKafka(error);
    if (options.verify) return new TriplineError('TRIPLINE_PARTITION_LOST', `Another process writes as ${options.id}`);
    const message = `The brokers gave up a transaction of ${options.id}`;
    return new TriplineError('TRIPLINE_LOG_UNAVAILABLE', message, { cause: error, retriable: true });
  };

  const run = async (jobs: readonly WriteJob[]) => {
    let current: Session;
    try {
      current = await open();
      await fill(current.transaction, jobs, options);
    } catch (error) {
      // Nothing was committed. Taking the name again aborts what was begun, and counts batches anew: kafkajs may have
      // given up one that arrived, and the brokers would take the next one for its repetition. Not left for the next
      // write, since readers wait for what is not decided.
      await drop();
      if (!closed && !isFenced(error)) open().catch(() => {});
      throw failure(error);
    }
    try {
      await current.transaction.commit();
      current.transaction = await current.producer.transaction();
    } catch (error) {
      await drop();
      if (isFenced(error)) throw failure(error);
      if (!(await becameDurable(options, jobs, open, drop, () => closed))) throw fromKafka(error);
    }
  };

  const batcher = createBatcher<WriteJob>({
    run,
    commit_bytes_max: config.commit_bytes_max,
    waiting_bytes_max: config.waiting_bytes_max,
    refused: options.refused,
  });
  return {
    write: batcher.add,
    open: async () => {
      await open().catch((error: unknown) => {
        throw failure(error);
      });
    },
    async close() {
      closed = true;
      await batcher.idle();
      await drop();
    },
  };
}

async function openSession({ client, config, id, verify }: WriterOptions): Promise<Session> {
  const producer = client.kafka.producer({
    transactionalId: id,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: config.kafka.transaction_ms,
    allowAutoTopicCreation: false,
    retry: RETRY,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  try {
    await producer.connect();
    const transaction = await producer.transaction();
    await verify?.();
    return { producer, transaction };
  } catch (error) {
    await producer.disconnect().catch(() => {});
    throw error;
  }
}

/** Sends everything of the jobs into the transaction, in requests that no message limit refuses. */
async function fill(transaction: Transaction, jobs: readonly WriteJob[], options: WriterOptions): Promise<void> {
  const { config, groupId } = options;
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

/**
 * Whether a transaction whose end was not answered was committed: taking the name again decides it, and then its first
 * record is there or not. Asked until the brokers are back, since saying no would have everything written twice.
 */
async function becameDurable(
  { config, reads }: WriterOptions,
  jobs: readonly WriteJob[],
  open: () => Promise<Session>,
  drop: () => Promise<void>,
  closed: () => boolean,
): Promise<boolean> {
  const job = jobs.find(({ messages }) => messages.length > 0);
  // Only commits: writing them again changes nothing.
  if (!job) return false;
  const { name, partition } = job.messages[0]!;
  const from = job.offsets[0]!;
  for (let attempt = 0; ; attempt++) {
    try {
      await open();
      const { messages } = await fetchAt(reads, { name, partition, from }, config.read_bytes);
      return Number(messages[0]?.offset) === from;
    } catch (error) {
      await drop();
      const ours = error instanceof TriplineError ? error : fromKafka(error);
      if (closed() || isFenced(error) || !(ours instanceof TriplineError && ours.retriable)) throw ours;
      await delay(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
    }
  }
}

/** Appends as messages of their topics. */
export function messagesOf(config: KafkaLogConfig, appends: readonly Append[]): Sent[] {
  return appends.map(({ topic, partition, frame }) => ({
    name: topicName(config, topic),
    partition,
    message: { value: frame },
  }));
}
