import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { canHaveKafka, startBroker } from '../../../test/support/kafka.ts';
import { leadTask } from '../contract/leading.ts';
import { appendsOf, collector, gate, READ_ALL, stateOf, textsOf } from '../contract/under-test.ts';
import { testLog } from '../contract.ts';
import type { Log, LogRecord } from '../log.ts';
import { createClient } from './client.ts';
import { logsForTest } from './testing.ts';
import { createWriter } from './writer.ts';

describe.skipIf(!(await canHaveKafka()))('the log on Kafka', async () => {
  const broker = await startBroker();
  afterAll(() => broker.remove());

  testLog(
    'kafka',
    async (input) => {
      const logs = await logsForTest(broker.address, input);
      const { log, dir } = await logs.open();
      let last = log;
      return {
        log,
        async reopen() {
          await last.close();
          last = (await logs.open(dir)).log;
          return last;
        },
        destroy: logs.remove,
      };
    },
    { dense: false, keepsHouse: false },
  );

  const opened: Awaited<ReturnType<typeof logsForTest>>[] = [];
  afterEach(async () => {
    for (const logs of opened.splice(0)) await logs.remove();
  });
  const newLogs = async (...args: [Parameters<typeof logsForTest>[1]?]) => {
    const logs = await logsForTest(broker.address, ...args);
    opened.push(logs);
    return logs;
  };

  it('shares the partitions of a group between processes, and each record is handled by one of them', async () => {
    const logs = await newLogs({ partitions: { events: 4 } });
    const [{ log: a }, { log: b }] = [await logs.open(), await logs.open()];
    const seen = collector<string>();
    const open = (name: string, mine: Set<number>) => async (partition: number) => {
      mine.add(partition);
      return {
        position: (await a.committed('g', 'events', partition)) ?? 0,
        async process(records: readonly LogRecord[]) {
          const log = name === 'a' ? a : b;
          await log.write({ commit: [{ group: 'g', topic: 'events', partition, offset: records.at(-1)!.offset + 1 }] });
          seen.add(...textsOf(records));
        },
        close: async () => void mine.delete(partition),
      };
    };
    const [ofA, ofB] = [new Set<number>(), new Set<number>()];
    await a.subscribe('events', 'g', open('a', ofA));
    expect([...ofA].sort()).toEqual([0, 1, 2, 3]);
    const second = await b.subscribe('events', 'g', open('b', ofB));
    await expect.poll(() => [ofA.size, ofB.size], { timeout: 20_000 }).toEqual([2, 2]);
    expect([...ofA, ...ofB].sort()).toEqual([0, 1, 2, 3]);
    for (let partition = 0; partition < 4; partition++)
      await a.write({ append: appendsOf('events', partition, [`p${partition}`]) });
    await seen.holds(4);
    await second.close();
    await expect.poll(() => ofA.size, { timeout: 20_000 }).toBe(4);
    for (let partition = 0; partition < 4; partition++)
      await b.write({ append: appendsOf('events', partition, [`q${partition}`]) });
    await seen.holds(8);
    expect(seen.items.toSorted()).toEqual(['p0', 'p1', 'p2', 'p3', 'q0', 'q1', 'q2', 'q3']);
  });

  it('refuses what a process writes for a partition that went to another one meanwhile', async () => {
    const logs = await newLogs();
    const [{ log: a }, { log: b }] = [await logs.open(), await logs.open()];
    await a.write({ append: [...appendsOf('events', 0, ['x']), ...appendsOf('events', 1, ['x'])] });
    const leave = gate();
    const entered = collector<number>();
    const late = collector<unknown>();
    await a.subscribe('events', 'g', async (partition) => ({
      position: 0,
      async process() {
        entered.add(partition);
        await leave.opened;
        // Ahead of what the other process commits: it must not win.
        const commit = [{ group: 'g', topic: 'events' as const, partition, offset: 1000 + partition }];
        await a.write({ append: appendsOf('alerts', 0, [`late ${partition}`]), commit }).catch((error: unknown) => {
          late.add({ partition, error });
          throw error;
        });
      },
    }));
    await entered.holds(2);
    const taken = collector<number>();
    await b.subscribe('events', 'g', async (partition) => ({
      position: 0,
      async process() {
        const commit = [{ group: 'g', topic: 'events' as const, partition, offset: 1 }];
        await b.write({ append: appendsOf('alerts', 0, [`taken ${partition}`]), commit });
        taken.add(partition);
      },
    }));
    await taken.holds(1);
    leave.open();
    await late.holds(1);
    const [partition] = taken.items;
    expect(late.items).toEqual([{ partition, error: expect.objectContaining({ code: 'TRIPLINE_PARTITION_LOST' }) }]);
    expect(await b.committed('g', 'events', partition!)).toBe(1);
    await expect
      .poll(async () => textsOf(await b.read('alerts', 0, 0, READ_ALL)).toSorted(), { timeout: 20_000 })
      .toEqual([`late ${1 - partition!}`, `taken ${partition}`]);
  });

  it('takes a partition back whose writer was pushed out while the group still says that it is ours', async () => {
    const logs = await newLogs();
    const { log } = await logs.open();
    const opens = collector<number>();
    const subscription = await log.subscribe('alerts', 'g', async (partition) => {
      opens.add(partition);
      return {
        position: (await log.committed('g', 'alerts', 0)) ?? 0,
        async process(records) {
          await log.write({ commit: [{ group: 'g', topic: 'alerts', partition, offset: records.at(-1)!.offset + 1 }] });
        },
      };
    });
    const { kafka } = logs.config;
    const intruder = createWriter({
      client: createClient(kafka),
      config: logs.config,
      reads: await createClient(kafka).cluster([]),
      id: `${kafka.topic_prefix}g.alerts.0`,
      groupId: () => 'unused',
      refused: () => {},
    });
    await intruder.open();
    const [offset] = await log.write({ append: appendsOf('alerts', 0, ['a']) });
    await opens.holds(2);
    await expect.poll(() => log.committed('g', 'alerts', 0), { timeout: 20_000 }).toBe(offset! + 1);
    await intruder.close();
    await subscription.close();
  });

  it('lets one process lead; the next one takes over, and what the former writes then is refused', async () => {
    const logs = await newLogs();
    const [{ log: a }, { log: b }] = [await logs.open(), await logs.open()];
    const noted: string[] = [];
    const [ofA, ofB] = [leadTask(noted, ' a'), leadTask(noted, ' b')];
    let led: Log | undefined;
    const first = await a.lead('work', (mine) => {
      led = mine;
      return ofA.open(mine);
    });
    const second = await b.lead('work', ofB.open);
    expect(noted).toEqual(['open a']);
    // As when it was silent for too long: somebody else writes under its name.
    const { kafka } = logs.config;
    const intruder = createWriter({
      client: createClient(kafka),
      config: logs.config,
      reads: await createClient(kafka).cluster([]),
      id: `${kafka.topic_prefix}lead.work.alerts.0`,
      groupId: () => 'unused',
      refused: () => {},
    });
    await intruder.open();
    const late = led!.write({ state: [{ scope: 's', key: 'k', value: Buffer.from('late') }] });
    await expect(late).rejects.toMatchObject({ code: 'TRIPLINE_PARTITION_LOST' });
    expect(await stateOf(b, 's')).toEqual([]);
    await intruder.close();
    await first.close();
    await expect.poll(() => noted, { timeout: 20_000 }).toEqual(['open a', 'close a', 'open b']);
    await second.close();
  });

  it('says that an offset is gone which Kafka has retired', async () => {
    const logs = await newLogs();
    const { log } = await logs.open();
    await log.write({ append: appendsOf('events', 0, ['a', 'b', 'c']) });
    const admin = createClient(logs.config.kafka).kafka.admin();
    await admin.connect();
    const topic = `${logs.config.kafka.topic_prefix}events`;
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    await admin.disconnect();
    expect((await log.bounds('events', 0)).first).toBe(2);
    await expect(log.read('events', 0, 1, READ_ALL)).rejects.toMatchObject({
      code: 'TRIPLINE_LOG_OFFSET_GONE',
      retriable: false,
    });
    expect(textsOf(await log.read('events', 0, 2, READ_ALL))).toEqual(['c']);
  });

  it('refuses a message that is larger than Kafka takes, and goes on', async () => {
    const logs = await newLogs({ kafka: { brokers: [broker.address], message_bytes_max: 65_536 } });
    const { log } = await logs.open();
    // Bytes that do not compress.
    const frame = randomBytes(200_000);
    const large = log.write({ append: [{ topic: 'events', partition: 0, frame }] });
    await expect(large).rejects.toMatchObject({ code: 'TRIPLINE_INPUT_TOO_LARGE', retriable: false });
    await log.write({ append: appendsOf('events', 0, ['small']) });
    expect(textsOf(await log.read('events', 0, 0, READ_ALL))).toEqual(['small']);
  });
});
