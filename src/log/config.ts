import * as z from 'zod';
import { KafkaConfig } from './kafka/config.ts';

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

const partitions = (count: number) =>
  z.int().min(1).max(256).default(count).describe('Partitions of this topic; fixed when the data folder is made');

/** The log: how it is partitioned, how long it keeps records and how much it takes at once. */
export const LogConfig = z
  .strictObject({
    partitions: z
      .strictObject({
        events: partitions(2),
        credentials: partitions(2),
        alerts: partitions(1),
        revocations: partitions(1),
        rejects: partitions(1),
        gaps: partitions(1),
        audit: partitions(1),
      })
      .prefault({})
      .describe('Partitions per topic'),
    retention: z
      .strictObject({
        age_ms: z
          .int()
          .min(0)
          .default(7 * DAY_MS)
          .describe('Records older than this are retired'),
        bytes_max: z
          .int()
          .min(0)
          .default(10 * 1024 * MIB)
          .describe('The oldest records are retired while the log holds more bytes than this'),
      })
      .prefault({})
      .describe('What is retired, and only what every known consumer group has committed'),
    map_bytes_max: z
      .int()
      .min(16 * MIB)
      .max(16 * 1024 * 1024 * MIB)
      .default(32 * 1024 * MIB)
      .describe('Bytes the log may hold (and address space it reserves); writes are refused beyond it'),
    tick_ms: z.int().min(1).default(250).describe('How often a subscriber that has caught up is told the time'),
    read_bytes: z.int().min(1).default(MIB).describe('About how many bytes a subscriber is handed at once'),
    commit_bytes_max: z
      .int()
      .min(1)
      .default(8 * MIB)
      .describe('Bytes of waiting writes that share one transaction'),
    waiting_bytes_max: z
      .int()
      .min(1)
      .default(64 * MIB)
      .describe('Bytes of writes that may wait for the disk'),
    retry_ms_min: z.int().min(1).default(100).describe('Wait before records are handed over again after a failure'),
    retry_ms_max: z.int().min(1).default(5000).describe('Longest such wait; each one is twice the one before'),
    kafka: KafkaConfig.optional().describe('With this section the log is on Kafka; without it, in the data folder'),
  })
  .superRefine((log, context) => {
    const pairs = [
      ['retry_ms_min', log.retry_ms_min, 'retry_ms_max', log.retry_ms_max],
      ['retention.bytes_max', log.retention.bytes_max, 'map_bytes_max', log.map_bytes_max],
    ] as const;
    for (const [low, low_value, high, high_value] of pairs) {
      if (low_value <= high_value) continue;
      context.addIssue({ code: 'custom', message: `${low} (${low_value}) is above ${high} (${high_value})` });
    }
  })
  .prefault({});

export type LogConfig = z.output<typeof LogConfig>;
export type LogConfigInput = z.input<typeof LogConfig>;
