import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogConfig, type LogConfigInput } from '../config.ts';
import { createClient } from './client.ts';
import { type KafkaLog, openKafkaLog } from './kafka-log.ts';
import { createTopics, type KafkaLogConfig } from './topics.ts';

type Input = NonNullable<LogConfigInput>;
type LogsInput = Omit<Input, 'kafka'> & { kafka?: Partial<NonNullable<Input['kafka']>> };

/** Logs on topics that no other test has, each as a process of its own would open it. */
export async function logsForTest(address: string, input: LogsInput = {}) {
  const config = LogConfig.parse({
    ...input,
    kafka: {
      brokers: [address],
      topic_prefix: `${randomUUID()}.`,
      replication: 1,
      min_insync: 1,
      state_partitions: 2,
      // A quiet partition is told the time as often as a test wants to hear it.
      clock_ms: Math.max(input.tick_ms ?? 1000, 5),
      session_ms: 6000,
      poll_ms: 200,
      ...input.kafka,
    },
  }) as KafkaLogConfig;
  const dirs: string[] = [];
  const logs: KafkaLog[] = [];
  await createTopics(createClient(config.kafka), config);
  return {
    config,
    /** @param dir that of a log before it, to be the same process started again */
    async open(dir?: string): Promise<{ log: KafkaLog; dir: string }> {
      const folder = dir ?? (await mkdtemp(join(tmpdir(), 'tripline-kafka-log-')));
      const log = await openKafkaLog({ dir: folder, config });
      dirs.push(folder);
      logs.push(log);
      return { log, dir: folder };
    },
    async remove(): Promise<void> {
      for (const log of logs) await log.close();
      for (const dir of dirs) await rm(dir, { recursive: true, force: true });
    },
  };
}
