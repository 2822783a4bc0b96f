import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Producer, type Transaction } from 'kafkajs';
import { TriplineError } from '../../errors.ts';
import { createBatcher } from '../batcher.ts';
import type { Commit } from '../log.ts';
import type { Client, Cluster } from './client.ts';
import { fromKafka, isFenced } from './errors.ts';
import { fetchAt } from './fetch.ts';
import type { KafkaLogConfig } from './topics.ts';
import { fill, RETRY, type WriteJob } from './transact.ts';

/** Where the first record of a write would be, if it was committed. */
export interface Doubt {
  name: string;
  partition: number;
  offset: number;
}

/** The end of a transaction was not answered: it was committed, or was not. */
export class InDoubt extends Error {
  readonly doubt: Doubt;

  constructor(doubt: Doubt, cause: unknown) {
    super('It is not known whether a transaction was committed', { cause });
    this.doubt = doubt;
  }
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
      await fill(current.transaction, jobs, config, options.groupId);
      if (jobs.some(({ givenUp }) => givenUp))
        throw new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'The write took too long', { retriable: true });
    } catch (error) {
      // Nothing was committed. Taking the name again aborts what was begun, and counts batches anew: kafkajs may have
      // given up one that arrived, and the brokers would take the next one for its repetition. Not left for the next
      // write, since readers wait for what is not decided.
      await drop();
      if (!closed && !isFenced(error)) open().catch(() => {});
      throw failure(error);
    }
    try {
      for (const job of jobs) job.ending = true;
      await current.transaction.commit();
      current.transaction = await current.producer.transaction();
    } catch (error) {
      await drop();
      if (isFenced(error)) throw failure(error);
      const doubt = doubtOf(jobs);
      if (doubt && jobs.every(({ tell }) => tell)) throw new InDoubt(doubt, error);
      if (!doubt || !(await becameDurable(options, doubt, open, drop, () => closed))) throw fromKafka(error);
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

/**
 * Whether a transaction whose end was not answered was committed: taking the name again decides it, and then its first
 * record is there or not. Asked until the brokers are back, since saying no would have everything written twice.
 */
async function becameDurable(
  { config, reads }: WriterOptions,
  doubt: Doubt,
  open: () => Promise<Session>,
  drop: () => Promise<void>,
  closed: () => boolean,
): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    try {
      await open();
      return await isThere(reads, doubt, config.read_bytes);
    } catch (error) {
      await drop();
      const ours = error instanceof TriplineError ? error : fromKafka(error);
      if (closed() || isFenced(error) || !(ours instanceof TriplineError && ours.retriable)) throw ours;
      await delay(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
    }
  }
}

/** Only commits leave no doubt: writing them again changes nothing. */
function doubtOf(jobs: readonly WriteJob[]): Doubt | undefined {
  const job = jobs.find(({ messages }) => messages.length > 0);
  if (!job) return undefined;
  const { name, partition } = job.messages[0]!;
  return { name, partition, offset: job.offsets[0]! };
}

/** Whether a write was committed, once the name it was written under was taken again. */
export async function isThere(reads: Cluster, { name, partition, offset }: Doubt, bytes_max: number): Promise<boolean> {
  const { messages } = await fetchAt(reads, { name, partition, from: offset }, bytes_max);
  return Number(messages[0]?.offset) === offset;
}
