import { Kafka, logLevel } from 'kafkajs';
import { afterAll, describe, expect, it } from 'vitest';
import { canHaveKafka, startBroker } from './kafka.ts';

describe.skipIf(!(await canHaveKafka({ own: true })))('the broker of the tests', async () => {
  const broker = await startBroker();
  afterAll(() => broker.remove());

  it('keeps its topics when it is killed and started again', async () => {
    const admin = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'kept' }], waitForLeaders: true });
    await admin.disconnect();
    await broker.kill();
    await broker.start();
    await admin.connect();
    expect(await admin.listTopics()).toEqual(['kept']);
    await admin.disconnect();
  });
});
