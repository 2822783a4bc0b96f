import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import { TriplineError } from '../../errors.ts';
import type { LogConfig } from '../config.ts';
import { TOPICS, type Topic } from '../log.ts';
import type { Client } from './client.ts';
import type { KafkaConfig } from './config.ts';
import { asOurs } from './errors.ts';

export type KafkaLogConfig = LogConfig & { kafka: KafkaConfig };

/** A topic of ours as it should be. */
export interface TopicPlan {
  name: string;
  partitions: number;
  /** Settings of the topic, as the brokers name them. */
  settings: Readonly<Record<string, string>>;
}

/** A topic of ours as it is. Numbers are undefined where it is missing. */
export interface TopicReport {
  name: string;
  partitions?: number;
  replication?: number;
  /** -1: nothing is retired. */
  retention_ms?: number;
  /** Of each partition; -1: nothing is retired. */
  retention_bytes?: number;
  min_insync?: number;
  /** What keeps the log from running on it; empty when nothing does. */
  wrong: string[];
}

export const topicName = ({ kafka }: KafkaLogConfig, topic: Topic | 'state'): string => `${kafka.topic_prefix}${topic}`;

/**
 * Records get the brokers' time. Kafka retires by itself: by age, and by bytes of each partition, of which every one has
 * an equal share of `retention.bytes_max`; it does not ask who has read.
 */
export function planTopics(config: KafkaLogConfig): TopicPlan[] {
  const { kafka, partitions, retention } = config;
  const all = TOPICS.reduce((sum, topic) => sum + partitions[topic], 0);
  const common = {
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(kafka.message_bytes_max),
    'min.insync.replicas': String(kafka.min_insync),
  };
  const kept = {
    'cleanup.policy': 'delete',
    'retention.ms': String(retention.age_ms),
    'retention.bytes': String(Math.floor(retention.bytes_max / all)),
  };
  return [
    ...TOPICS.map((topic) => ({
      name: topicName(config, topic),
      partitions: partitions[topic],
      settings: { ...common, ...kept },
    })),
    {
      name: topicName(config, 'state'),
      partitions: kafka.state_partitions,
      settings: { ...common, 'cleanup.policy': 'compact' },
    },
  ];
}

/** Creates those that are missing. @throws TriplineError TRIPLINE_LOG_UNAVAILABLE */
export function createTopics({ kafka }: Client, config: KafkaLogConfig): Promise<void> {
  return withAdmin(kafka, async (admin) => {
    const there = new Set(await admin.listTopics());
    const missing = planTopics(config).filter(({ name }) => !there.has(name));
    if (missing.length === 0) return;
    await admin.createTopics({
      // kafkajs gives up when a broker does not know of the topic yet; that it does not is only a matter of time.
      waitForLeaders: false,
      topics: missing.map(({ name, partitions, settings }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: config.kafka.replication,
        configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
      })),
    });
    await untilLed(
      admin,
      missing.map(({ name }) => name),
    );
  });
}

const LEADERS_MS_MAX = 30_000;
const LOOK_MS = 100;

/** Resolves when each partition of the topics has a leader; rejects with what was last wrong when that takes too long. */
async function untilLed(admin: Admin, topics: string[]): Promise<void> {
  for (let left = LEADERS_MS_MAX / LOOK_MS; ; left--) {
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics });
      if (found.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)))
        return;
    } catch (error) {
      if (!(error as { retriable?: boolean }).retriable || left === 0) throw error;
    }
    if (left === 0) return;
    await delay(LOOK_MS);
  }
}

/** @throws TriplineError TRIPLINE_LOG_UNAVAILABLE */
export function reportTopics({ kafka }: Client, config: KafkaLogConfig): Promise<TopicReport[]> {
  return withAdmin(kafka, async (admin) => {
    const there = new Set(await admin.listTopics());
    const plans = planTopics(config);
    const names = plans.map(({ name }) => name).filter((name) => there.has(name));
    if (names.length === 0) return plans.map(missing);
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    const settings = await settingsOf(admin, names);
    return plans.map((plan) => {
      const found = topics.find(({ name }) => name === plan.name);
      return found ? reportOf(plan, found.partitions, settings.get(plan.name)!) : missing(plan);
    });
  });
}

/** @throws TriplineError TRIPLINE_LOG_TOPIC_UNUSABLE, naming every topic that is missing or wrong and what was expected */
export async function checkTopics(client: Client, config: KafkaLogConfig): Promise<void> {
  const wrong = (await reportTopics(client, config)).flatMap(({ name, wrong }) =>
    wrong.map((what) => `${name} ${what}`),
  );
  if (wrong.length === 0) return;
  const message = `Topics of Kafka cannot be used: ${wrong.join('; ')}. \`tripline topics --create\` creates missing ones`;
  throw new TriplineError('TRIPLINE_LOG_TOPIC_UNUSABLE', message);
}

async function withAdmin<T>(kafka: Client['kafka'], work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    return await asOurs(async () => {
      await admin.connect();
      return work(admin);
    });
  } finally {
    await admin.disconnect();
  }
}

async function settingsOf(admin: Admin, names: readonly string[]): Promise<Map<string, Map<string, string>>> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type, name })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

const missing = ({ name }: TopicPlan): TopicReport => ({ name, wrong: ['is missing'] });

function reportOf(
  { name, partitions, settings }: TopicPlan,
  found: readonly { replicas: number[] }[],
  set: ReadonlyMap<string, string>,
): TopicReport {
  const numberOf = (setting: string) => Number(set.get(setting));
  const compacted = set.get('cleanup.policy') === 'compact';
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string, is: unknown, expected: unknown) => {
    if (!holds) wrong.push(`has ${what} ${is}, expected ${expected}`);
  };
  expect(found.length === partitions, 'partitions', found.length, `${partitions} (keys would move)`);
  for (const setting of ['message.timestamp.type', 'cleanup.policy'])
    expect(set.get(setting) === settings[setting], setting, set.get(setting), settings[setting]);
  for (const setting of ['max.message.bytes', 'min.insync.replicas'])
    expect(numberOf(setting) >= Number(settings[setting]), setting, set.get(setting), `at least ${settings[setting]}`);
  return {
    name,
    partitions: found.length,
    replication: Math.min(...found.map(({ replicas }) => replicas.length)),
    retention_ms: compacted ? -1 : numberOf('retention.ms'),
    retention_bytes: compacted ? -1 : numberOf('retention.bytes'),
    min_insync: numberOf('min.insync.replicas'),
    wrong,
  };
}
