import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import kafkajs, { type Kafka, type SASLOptions } from 'kafkajs';
import { TriplineError } from '../../errors.ts';
import { readSecret } from '../../secret.ts';
import { registerCodecs } from './codecs.ts';
import type { KafkaConfig } from './config.ts';

/** A record as the broker has it; control records and those of aborted transactions are among them. */
export interface RawMessage {
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  isControlRecord: boolean;
  batchContext: {
    firstOffset: string;
    lastOffsetDelta: number;
    maxTimestamp: string;
    producerId: string;
    inTransaction: boolean;
  };
}

export interface RawPartition {
  partition: number;
  highWatermark: string;
  lastStableOffset: string;
  abortedTransactions: { producerId: string; firstOffset: string }[];
  messages: RawMessage[];
}

interface Asked<P> {
  topic: string;
  partitions: P[];
}

/** Requests of one broker. */
export interface Broker {
  fetch(request: {
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: Asked<{ partition: number; fetchOffset: string; maxBytes: number }>[];
  }): Promise<{ responses: { topicName: string; partitions: RawPartition[] }[] }>;
  listOffsets(request: {
    isolationLevel: number;
    topics: Asked<{ partition: number; timestamp: number }>[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
  offsetFetch(request: { groupId: string; topics: Asked<{ partition: number }>[] }): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }>;
  joinGroup(request: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    groupProtocols: { name: string; metadata: Buffer }[];
  }): Promise<{
    generationId: number;
    leaderId: string;
    memberId: string;
    members: { memberId: string; memberMetadata: Buffer }[];
  }>;
  syncGroup(request: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: { memberId: string; memberAssignment: Buffer }[];
  }): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}

/**
 * Connections to all brokers. A broker answers the requests of a connection one after another, so what waits at the
 * broker (new records, a rebalance) has a cluster of its own.
 */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(named: { nodeId: string }): Promise<Broker>;
  findGroupCoordinator(named: { groupId: string }): Promise<Broker>;
}

export interface Client {
  kafka: Kafka;
  /** Knows the leaders of `topics` once it is connected. */
  cluster(topics: readonly string[]): Promise<Cluster>;
}

const RETRY = { initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 2000, retries: 5 };

/**
 * kafkajs, and of its inside the requests that its consumer does not offer: reading a partition from any offset, and
 * group membership without fetching. Its version is pinned.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID when a secret or file is missing
 */
export function createClient(config: KafkaConfig): Client {
  registerCodecs();
  const kafka = new kafkajs.Kafka({
    brokers: config.brokers,
    clientId: config.client_id,
    connectionTimeout: config.connect_ms,
    requestTimeout: config.request_ms,
    retry: RETRY,
    // What goes wrong is told by the errors that its callers get.
    logLevel: kafkajs.logLevel.NOTHING,
    ssl: config.tls && tlsOf(config.tls),
    ...(config.sasl && { sasl: saslOf(config.sasl) }),
  });
  return {
    kafka,
    async cluster(topics) {
      const cluster = newCluster(kafka);
      await cluster.connect();
      await cluster.addMultipleTargetTopics([...topics]);
      return cluster;
    },
  };
}

function newCluster(kafka: Kafka): Cluster {
  const inner = kafka as unknown as Record<symbol, (options: object) => Cluster>;
  const create = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  assert(create, 'kafkajs makes its clusters as version 2.2.4 does');
  return inner[create]!({ metadataMaxAge: METADATA_MS, allowAutoTopicCreation: false, maxInFlightRequests: null });
}

const CREATE_CLUSTER = 'private:Kafka:createCluster';
const METADATA_MS = 300_000;

function saslOf({ mechanism, username, password }: NonNullable<KafkaConfig['sasl']>): SASLOptions {
  return {
    mechanism,
    username: readSecret(username, 'log.kafka.sasl'),
    password: readSecret(password, 'log.kafka.sasl'),
  } as SASLOptions;
}

function tlsOf({ ca_file, cert_file, key_file }: NonNullable<KafkaConfig['tls']>) {
  return {
    ...(ca_file && { ca: [readPem(ca_file, 'ca_file')] }),
    ...(cert_file && { cert: readPem(cert_file, 'cert_file') }),
    ...(key_file && { key: readPem(key_file, 'key_file') }),
  };
}

function readPem(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', `log.kafka.tls.${option} cannot be read: ${file}`, { cause });
  }
}
