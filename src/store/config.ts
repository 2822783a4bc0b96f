import * as z from 'zod';
import { ClickHouseConfig } from './clickhouse/config.ts';

const days = (kept: number, what: string) =>
  z.int().min(1).max(36_500).default(kept).describe(`Days for which ${what} are kept, from when they were recorded`);

export const StoreConfig = z
  .strictObject({
    clickhouse: ClickHouseConfig.optional().describe(
      'A ClickHouse server; without one the engine runs in this process, in the data folder',
    ),
    events_days: days(30, 'events'),
    alerts_days: days(365, 'alerts'),
    revocations_days: days(365, 'revocations'),
    rejects_days: days(30, 'refused events'),
    coverage_gaps_days: days(90, 'coverage gaps'),
    audit_days: days(3650, 'acts of people, saved views among them'),
    query_ms_max: z.int().min(100).default(30_000).describe('A query that takes longer is stopped'),
    query_bytes_max: z
      .int()
      .min(1 << 20)
      .default(2 ** 30)
      .describe('A query that needs more memory is stopped'),
    queries_waiting_max: z
      .int()
      .min(1)
      .default(64)
      .describe('Queries that wait for the one that runs; more are refused'),
  })
  .prefault({});

export type StoreConfig = z.output<typeof StoreConfig>;
