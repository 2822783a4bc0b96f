import assert from 'node:assert';
import { TriplineError } from '../../errors.ts';
import {
  type Append,
  type Lead,
  type LeadTask,
  type Log,
  type LogRecord,
  type Owner,
  type Subscription,
  TOPICS,
  type Topic,
  type Write,
} from '../log.ts';
import { logOver } from '../over.ts';
import { type Client, type Cluster, createClient } from './client.ts';
import { createCommits } from './commits.ts';
import { asOurs } from './errors.ts';
import { feedOf, take } from './feed.ts';
import { fetchAt, firstOffset, stableOffset } from './fetch.ts';
import { type GroupOptions, subscribeGroup } from './group.ts';
import { type Identity, openIdentity } from './identity.ts';
import { leading, NOTHING } from './lead.ts';
import type { KafkaLogOptions } from './options.ts';
import { createOwners } from './owners.ts';
import { createViews, decidedEnd, type PartitionView, reaches } from './partition-view.ts';
import { createStateReader, type StateReader, stateMessages } from './state.ts';
import { createTails, type Tails } from './tails.ts';
import { checkTopics, type KafkaLogConfig, topicName } from './topics.ts';
import { bytesOf, giveUp, messagesOf, type WriteJob } from './transact.ts';
import { createWriter, type Doubt, isThere, type Writer } from './writer.ts';

/**
 * The log on Kafka. What differs from the log in a folder:
 * - Every write is a transaction, and each leaves a mark in its partitions: offsets have holes.
 * - A partition may be another process's: a subscription opens those that its group gives to this process, and a write
 *   for a partition that went to another one is refused (TRIPLINE_PARTITION_LOST).
 * - Kafka retires records by the settings of its topics and does not wait for groups: `retain` does nothing.
 * - `read` may bring nothing below `next`, where only holes are left. `size` is not known.
 * @throws TriplineError TRIPLINE_LOG_UNAVAILABLE, TRIPLINE_LOG_TOPIC_UNUSABLE, TRIPLINE_DATA_DIR_LOCKED, TRIPLINE_CONFIG_INVALID
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const { config } = options;
  const client = createClient(config.kafka);
  await checkTopics(client, config);
  const identity = await openIdentity(options.dir);
  const names = [...TOPICS, 'state' as const].map((topic) => topicName(config, topic));
  try {
    const [reads, tail] = await asOurs(() => Promise.all([client.cluster(names), client.cluster(names)]));
    const log = new KafkaLog(options, client, reads, tail, identity);
    await log.open();
    return log;
  } catch (error) {
    await identity.release();
    throw error;
  }
}

export class KafkaLog implements Log {
  readonly #options: KafkaLogOptions;
  readonly #config: KafkaLogConfig;
  readonly #client: Client;
  readonly #reads: Cluster;
  readonly #identity: Identity;
  readonly #tails: Tails;
  readonly #state: StateReader;
  readonly #commits: ReturnType<typeof createCommits>;
  readonly #view: (topic: Topic, partition: number) => PartitionView;
  /** Writes for nobody in particular. */
  readonly #writer: Writer;
  readonly #owners = createOwners((id, verify) => this.#createWriter(id, verify));
  readonly #subscriptions = new Set<Subscription>();
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(options: KafkaLogOptions, client: Client, reads: Cluster, tail: Cluster, identity: Identity) {
    const { config } = options;
    this.#options = options;
    this.#config = config;
    this.#client = client;
    this.#reads = reads;
    this.#identity = identity;
    this.#tails = createTails(client, { ...config.kafka, read_bytes: config.read_bytes }, tail);
    this.#state = createStateReader(config, reads);
    this.#commits = createCommits(config, reads);
    this.#view = createViews(config);
    this.#writer = this.#createWriter(identity.id);
  }

  /** What the process before us left undecided is decided before anything is read. */
  open(): Promise<void> {
    return this.#writer.open();
  }

  partitions(topic: Topic): number {
    return this.#config.partitions[topic];
  }

  async write(write: Write): Promise<number[]> {
    const job = this.#jobOf(write);
    if (job.messages.length + job.commits.length === 0) return [];
    return this.#send(this.#owners.writerOf(write) ?? this.#writer, write, job);
  }

  #jobOf({ append = [], commit = [], state = [] }: Write): WriteJob {
    for (const { topic, partition } of append) this.#view(topic, partition);
    for (const { topic, partition, offset } of commit) {
      this.#view(topic, partition);
      assert(Number.isSafeInteger(offset) && offset >= 0, 'an offset is a whole number from 0 on');
    }
    const messages = [...messagesOf(this.#config, append), ...stateMessages(this.#config, state)];
    const bytes = messages.reduce((sum, sent) => sum + bytesOf(sent), 0);
    return { bytes, messages, commits: commit, offsets: [] };
  }

  async #send(writer: Writer, { append = [], commit = [] }: Write, job: WriteJob): Promise<number[]> {
    this.#alive();
    await writer.write(job);
    this.#commits.done(commit);
    return append.map(({ topic, partition }, i) => {
      const view = this.#view(topic, partition);
      const offset = job.offsets[i]!;
      view.written = Math.max(view.written, offset + 1);
      reaches(view, view.written);
      return offset;
    });
  }

  /** A writer of its own for what comes in from outside, which need not wait for the brokers. */
  openDoor() {
    const writer = this.#createWriter(`${this.#identity.id}.door`);
    const send = (write: Write, job: WriteJob) => this.#send(writer, write, job);
    return {
      /** `done` rejects with InDoubt besides what `write` throws. `giveUp` says whether it did: then it is not committed. */
      write: (append: readonly Append[]) => {
        const job: WriteJob = { ...this.#jobOf({ append }), tell: true };
        return { done: send({ append }, job), giveUp: () => giveUp(job) };
      },
      writeAll: (write: Write) => send(write, this.#jobOf(write)),
      isThere: async (doubt: Doubt) => {
        await writer.open();
        return isThere(this.#reads, doubt, this.#config.read_bytes);
      },
      close: () => writer.close(),
    };
  }

  async read(topic: Topic, partition: number, from: number, bytes_max: number): Promise<LogRecord[]> {
    this.#alive();
    assert(Number.isSafeInteger(from) && from >= 0, 'an offset is a whole number from 0 on');
    const view = this.#view(topic, partition);
    if (view.decided < view.written) await decidedEnd(view, this.#reads);
    for (let at = from; ; ) {
      const fetched = await fetchAt(this.#reads, { ...view, from: at }, bytes_max);
      const { records } = take(fetched.messages, fetched.next, bytes_max).stretch;
      if (records.length > 0 || fetched.next === at) return records;
      at = fetched.next;
    }
  }

  async bounds(topic: Topic, partition: number): Promise<{ first: number; next: number }> {
    const view = this.#view(topic, partition);
    const [first, next] = await Promise.all([firstOffset(this.#reads, view), decidedEnd(view, this.#reads)]);
    return { first, next };
  }

  committed(group: string, topic: Topic, partition: number): Promise<number | undefined> {
    return this.#commits.of(group, topic, partition);
  }

  async *state(scope: string): AsyncIterable<readonly [key: string, value: Buffer]> {
    yield* await this.#state.entries(scope);
  }

  async subscribe(topic: Topic, group: string, open: Parameters<Log['subscribe']>[2]): Promise<Subscription> {
    this.#alive();
    const subscription = await this.#join({ group, topic }, this.partitions(topic), {
      claim: (partition, verify) => this.#claim(group, topic, partition, verify),
      open,
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  #join(of: Pick<Owner, 'group' | 'topic'>, partitions: number, parts: Pick<GroupOptions, 'claim' | 'open'>) {
    const groupId = this.#commits.groupId(of);
    const member = {
      client: this.#client,
      config: this.#config.kafka,
      groupId,
      name: topicName(this.#config, of.topic),
      partitions,
      formerId: this.#identity.memberOf(groupId),
      keepId: (id: string) => this.#identity.keepMember(groupId, id),
    };
    return asOurs(() => subscribeGroup({ member, feed: this.#config, ...parts }));
  }

  async lead(name: string, open: (log: Log) => Promise<LeadTask>): Promise<Lead> {
    this.#alive();
    const owner: Owner = { group: `lead.${name}`, topic: 'alerts', partition: 0 };
    const led = logOver(this, { write: (write) => this.write({ owner, ...write }) });
    const lead = await this.#join(owner, 1, {
      claim: async (_, verify) => ({ feed: NOTHING, release: await this.#owners.fence(owner, verify) }),
      open: async () => leading(await open(led)),
    });
    this.#subscriptions.add(lead);
    return lead;
  }

  retain = async () => 0;
  size = async () => undefined;

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
      this.#closed = true;
      await this.#writer.close();
      await this.#tails.close();
      this.#state.close();
      await this.#reads.disconnect();
      await this.#identity.release();
    })();
    return this.#closing;
  }

  async #claim(group: string, topic: Topic, partition: number, verify: () => Promise<void>) {
    const view = this.#view(topic, partition);
    const release = await this.#owners.fence({ group, topic, partition }, verify);
    reaches(view, await stableOffset(this.#reads, view));
    this.#tails.follow(view);
    return {
      feed: feedOf(view, this.#reads, this.#config.read_bytes),
      release: async (lost: boolean) => {
        this.#tails.unfollow(view);
        await release(lost);
      },
    };
  }

  #createWriter(id: string, verify?: () => Promise<void>): Writer {
    return createWriter({
      client: this.#client,
      config: this.#config,
      reads: this.#reads,
      id: `${this.#config.kafka.topic_prefix}${id}`,
      groupId: this.#commits.groupId,
      ...(verify && { verify }),
      refused: () => this.#options.metrics?.requestsShed.inc({ limit: 'log.waiting_bytes_max' }),
    });
  }

  #alive(): void {
    if (this.#closed) throw new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'The log is closed');
  }
}
