import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { canHaveKafka, startBroker } from '../../../test/support/kafka.ts';
import { END_TRANSACTION, PRODUCE, startKafkaProxy } from '../../../test/support/kafka-proxy.ts';
import { appendsOf, collector, READ_ALL, textsOf } from '../contract/under-test.ts';
import type { Log } from '../log.ts';
import { logsForTest } from './testing.ts';

describe.skipIf(!(await canHaveKafka({ own: true })))('the log on a Kafka that fails', async () => {
  const proxy = await startKafkaProxy();
  const broker = await startBroker({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` });
  proxy.target(broker.address);
  afterAll(async () => {
    await proxy.close();
    await broker.remove();
  });
  let logs: Awaited<ReturnType<typeof logsForTest>> | undefined;
  afterEach(() => logs?.remove());
  const openLog = async (): Promise<Log> => {
    logs = await logsForTest(`127.0.0.1:${proxy.port}`);
    return (await logs.open()).log;
  };
  const texts = async (log: Log) => textsOf(await log.read('events', 0, 0, READ_ALL));

  it('has a write once whose end was done and not answered', async () => {
    const log = await openLog();
    await log.write({ append: appendsOf('events', 0, ['before']) });
    proxy.lose(END_TRANSACTION, 'answer');
    const [offset] = await log.write({ append: appendsOf('events', 0, ['a']) });
    expect(textsOf(await log.read('events', 0, offset!, READ_ALL))).toEqual(['a']);
    await log.write({ append: appendsOf('events', 0, ['after']) });
    expect(await texts(log)).toEqual(['before', 'a', 'after']);
  });

  it('has nothing of a write whose end never came to be, says so, and takes it when it is repeated', async () => {
    const log = await openLog();
    proxy.lose(END_TRANSACTION, 'request');
    const write = () => log.write({ append: [...appendsOf('events', 0, ['a']), ...appendsOf('events', 1, ['a'])] });
    await expect(write()).rejects.toMatchObject({ code: 'TRIPLINE_LOG_UNAVAILABLE', retriable: true });
    await write();
    expect(await texts(log)).toEqual(['a']);
    expect(textsOf(await log.read('events', 1, 0, READ_ALL))).toEqual(['a']);
  });

  it('has a write once whose records arrived and were not answered', async () => {
    const log = await openLog();
    await log.write({ append: appendsOf('events', 0, ['before']) });
    for (const text of ['a', 'b', 'c']) {
      proxy.lose(PRODUCE, 'answer');
      await log.write({ append: appendsOf('events', 0, [text]) });
    }
    expect(await texts(log)).toEqual(['before', 'a', 'b', 'c']);
  });

  it('goes on when its broker was away, with everything that was acknowledged', async () => {
    const log = await openLog();
    const seen = collector<string>();
    await log.subscribe('events', 'g', async () => ({
      position: 0,
      process: async (records) => seen.add(...textsOf(records)),
    }));
    await log.write({ append: appendsOf('events', 0, ['a']) });
    await broker.kill();
    const away = { code: 'TRIPLINE_LOG_UNAVAILABLE', retriable: true };
    await expect(log.write({ append: appendsOf('events', 0, ['lost']) })).rejects.toMatchObject(away);
    await expect(log.read('events', 0, 0, READ_ALL)).rejects.toMatchObject(away);
    await broker.start();
    const write = () =>
      log.write({ append: appendsOf('events', 0, ['b']) }).then(
        () => true,
        () => false,
      );
    await expect.poll(write, { timeout: 40_000, interval: 200 }).toBe(true);
    await seen.holds(2);
    expect(seen.items).toEqual(['a', 'b']);
    expect(await texts(log)).toEqual(['a', 'b']);
  });
});
