import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { canHaveKafka, startBroker } from '../../../test/support/kafka.ts';
import { LogConfig } from '../config.ts';
import { testLog } from '../contract.ts';
import { createClient } from './client.ts';
import { openKafkaLog } from './kafka-log.ts';
import { createTopics, type KafkaLogConfig } from './topics.ts';

describe.skipIf(!(await canHaveKafka()))('the log on Kafka', async () => {
  const broker = await startBroker();
  afterAll(() => broker.remove());

  testLog(
    'kafka',
    async (input = {}) => {
      const dir = await mkdtemp(join(tmpdir(), 'tripline-kafka-log-'));
      const config = LogConfig.parse({
        ...input,
        kafka: {
          brokers: [broker.address],
          topic_prefix: `${randomUUID()}.`,
          replication: 1,
          min_insync: 1,
          state_partitions: 2,
          // A quiet partition is told the time as often as a test wants to hear it.
          clock_ms: Math.max(input.tick_ms ?? 1000, 5),
          session_ms: 6000,
          poll_ms: 200,
        },
      }) as KafkaLogConfig;
      await createTopics(createClient(config.kafka), config);
      let log = await openKafkaLog({ dir, config });
      return {
        log,
        async reopen() {
          await log.close();
          log = await openKafkaLog({ dir, config });
          return log;
        },
        async destroy() {
          await log.close();
          await rm(dir, { recursive: true, force: true });
        },
      };
    },
    { dense: false, keepsHouse: false },
  );
});
