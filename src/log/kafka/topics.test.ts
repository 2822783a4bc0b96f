import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { canHaveKafka, startBroker } from '../../../test/support/kafka.ts';
import { LogConfig } from '../config.ts';
import { createClient } from './client.ts';
import { checkTopics, createTopics, type KafkaLogConfig, reportTopics } from './topics.ts';

describe.skipIf(!(await canHaveKafka()))('topics of Kafka', async () => {
  const broker = await startBroker();
  afterAll(() => broker.remove());
  const configOf = (kafka: object, log: object = {}) =>
    LogConfig.parse({
      ...log,
      kafka: {
        brokers: [broker.address],
        topic_prefix: `${randomUUID()}.`,
        replication: 1,
        min_insync: 1,
        state_partitions: 2,
        ...kafka,
      },
    }) as KafkaLogConfig;

  it('are said to be missing, then created, then as they should be', async () => {
    const config = configOf(
      { topic_prefix: 'try.' },
      { partitions: { events: 3 }, retention: { age_ms: 3_600_000, bytes_max: 9000 } },
    );
    const client = createClient(config.kafka);
    await expect(checkTopics(client, config)).rejects.toMatchObject({
      code: 'TRIPLINE_LOG_TOPIC_UNUSABLE',
      message: expect.stringContaining('try.events is missing; try.credentials is missing'),
    });
    await createTopics(client, config);
    await checkTopics(client, config);
    const reports = await reportTopics(client, config);
    expect(reports.map(({ name, partitions }) => `${name} ${partitions}`)).toEqual([
      'try.events 3',
      'try.credentials 2',
      'try.alerts 1',
      'try.revocations 1',
      'try.rejects 1',
      'try.gaps 1',
      'try.audit 1',
      'try.state 2',
    ]);
    // Ten partitions share 9000 bytes.
    expect(reports[0]).toEqual({
      name: 'try.events',
      partitions: 3,
      replication: 1,
      retention_ms: 3_600_000,
      retention_bytes: 900,
      min_insync: 1,
      wrong: [],
    });
    await createTopics(client, config);
  });

  it('are refused when they are not as the log needs them, each with what it is and what was expected', async () => {
    const made = configOf({});
    const client = createClient(made.kafka);
    await createTopics(client, made);
    const { topic_prefix } = made.kafka;
    const wanted = configOf({ topic_prefix, message_bytes_max: 9_000_000 }, { partitions: { alerts: 4 } });
    const [events, , alerts] = await reportTopics(client, wanted);
    expect(events!.wrong).toEqual(['has max.message.bytes 8388608, expected at least 9000000']);
    expect(alerts!.wrong).toContain('has partitions 1, expected 4 (keys would move)');
    await expect(checkTopics(client, wanted)).rejects.toMatchObject({ code: 'TRIPLINE_LOG_TOPIC_UNUSABLE' });

    const admin = client.kafka.admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: 2,
          name: `${topic_prefix}gaps`,
          configEntries: [{ name: 'message.timestamp.type', value: 'CreateTime' }],
        },
      ],
    });
    await admin.disconnect();
    const gaps = (await reportTopics(client, made)).find(({ name }) => name.endsWith('gaps'));
    expect(gaps!.wrong).toContain('has message.timestamp.type CreateTime, expected LogAppendTime');
  });

  it('cannot be asked for where no broker answers', async () => {
    const config = configOf({ brokers: ['127.0.0.1:1'] });
    await expect(checkTopics(createClient(config.kafka), config)).rejects.toMatchObject({
      code: 'TRIPLINE_LOG_UNAVAILABLE',
      retriable: true,
    });
  });
});
