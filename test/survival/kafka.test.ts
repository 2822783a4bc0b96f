import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LogConfig, type LogConfigInput } from '../../src/log/config.ts';
import { createClient } from '../../src/log/kafka/client.ts';
import { openKafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { createTopics, type KafkaLogConfig } from '../../src/log/kafka/topics.ts';
import { openLmdbLog } from '../../src/log/lmdb/lmdb-log.ts';
import { canHaveKafka, startBroker } from '../support/kafka.ts';
import { fleetBatches, numbers } from './load.ts';
import { play } from './play.ts';

const KILLS = 4;
const SEED = 20261127;

describe.skipIf(!(await canHaveKafka()))('a Tripline on Kafka that is killed', async () => {
  const broker = await startBroker();
  const folders: string[] = [];
  afterAll(async () => {
    await broker.remove();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });
  const newFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tripline-survival-kafka-'));
    folders.push(folder);
    return folder;
  };

  it('finds what one without Kafka finds, loses and doubles nothing, and acts once on each order', {
    timeout: 900_000,
  }, async () => {
    const batches = fleetBatches(SEED, Date.now() - 120_000);
    const posted = batches.flat().map((event) => event.event_id!);
    const own = await newFolder();
    const calm = await play(batches, new Set(), SEED, {
      folder: own,
      log: {},
      openLog: () => openLmdbLog({ dir: join(own, 'data', 'log') }),
    });

    const log: LogConfigInput = {
      kafka: {
        brokers: [broker.address],
        topic_prefix: `${SEED}.`,
        replication: 1,
        min_insync: 1,
        session_ms: 6000,
        clock_ms: 250,
      },
    };
    const config = LogConfig.parse(log) as KafkaLogConfig;
    await createTopics(createClient(config.kafka), config);
    const random = numbers(SEED);
    const moments = new Set<number>();
    while (moments.size < KILLS) moments.add(Math.floor(random() * batches.length));
    const folder = await newFolder();
    const dir = join(folder, 'data', 'log');
    const killed = await play(batches, moments, SEED, { folder, log, openLog: () => openKafkaLog({ dir, config }) });

    expect(killed.kills).toBe(KILLS);
    expect(killed.logged.sort()).toEqual(posted.toSorted());
    expect(killed.stored.sort()).toEqual(posted.toSorted());
    expect(calm.alerts.length).toBeGreaterThan(0);
    expect(killed.alerts).toEqual(calm.alerts);
    expect([...killed.targets.keys()].sort()).toEqual([...calm.targets.keys()].sort());
    expect([...killed.targets.values()].map((ids) => ids.size)).toEqual(Array(killed.targets.size).fill(1));
    expect(killed.refused).toBe(0);
  });
});
