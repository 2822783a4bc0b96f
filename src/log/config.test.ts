import { expect, it } from 'vitest';
import { LogConfig } from './config.ts';

it('has the documented defaults', () => {
  expect(LogConfig.parse(undefined)).toEqual({
    partitions: { events: 2, credentials: 2, alerts: 1, revocations: 1, rejects: 1, gaps: 1, audit: 1 },
    retention: { age_ms: 604_800_000, bytes_max: 10_737_418_240 },
    map_bytes_max: 34_359_738_368,
    tick_ms: 250,
    read_bytes: 1_048_576,
    commit_bytes_max: 8_388_608,
    waiting_bytes_max: 67_108_864,
    retry_ms_min: 100,
    retry_ms_max: 5000,
  });
});

it('names both options and both values that contradict each other', () => {
  const wrong = LogConfig.safeParse({ retry_ms_min: 7000, map_bytes_max: 2 ** 24 });
  expect(wrong.error?.issues.map(({ message }) => message)).toEqual([
    'retry_ms_min (7000) is above retry_ms_max (5000)',
    'retention.bytes_max (10737418240) is above map_bytes_max (16777216)',
  ]);
});
