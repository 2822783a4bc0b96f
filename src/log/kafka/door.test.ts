import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canHaveKafka, startBroker } from '../../../test/support/kafka.ts';
import { END_TRANSACTION, PRODUCE, startKafkaProxy } from '../../../test/support/kafka-proxy.ts';
import { createMetrics } from '../../metrics/metrics.ts';
import { appendsOf, READ_ALL, textsOf } from '../contract/under-test.ts';
import type { Log } from '../log.ts';
import { openKafkaDoor } from './door.ts';
import type { KafkaLog } from './kafka-log.ts';
import { logsForTest } from './testing.ts';

const SPOOL_BYTES_MAX = 16 * 2 ** 20;
const MINUTE_MS = 60_000;

describe.skipIf(!(await canHaveKafka({ own: true })))(
  'the door to a Kafka that goes away',
  { timeout: MINUTE_MS },
  async () => {
    const proxy = await startKafkaProxy();
    const broker = await startBroker({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` });
    proxy.target(broker.address);
    afterAll(async () => {
      await proxy.close();
      await broker.remove();
    });
    let logs: Awaited<ReturnType<typeof logsForTest>>;
    let dir: string;
    let log: KafkaLog;
    let folder: string;
    let door: Log;
    const metrics = createMetrics();
    const openDoor = async () => {
      ({ log, dir: folder } = await logs.open(folder));
      door = await openKafkaDoor({ log, dir, config: logs.config, metrics });
    };
    const write = (...texts: string[]) => door.write({ append: appendsOf('events', 0, texts) });
    const texts = async () => textsOf(await log.read('events', 0, 0, READ_ALL)).join('');
    const waiting = async () => (await metrics.spooledWrites.get()).values[0]?.value ?? 0;

    beforeEach(async () => {
      logs = await logsForTest(`127.0.0.1:${proxy.port}`, {
        kafka: { spool_after_ms: 500, spool_bytes_max: SPOOL_BYTES_MAX },
      });
      dir = await mkdtemp(join(tmpdir(), 'tripline-spool-'));
      folder = await mkdtemp(join(tmpdir(), 'tripline-door-'));
      metrics.spooledWrites.set(0);
      await openDoor();
    });
    afterEach(async () => {
      await door.close();
      await logs.remove();
      await rm(dir, { recursive: true, force: true });
    });

    it('writes straight through while the brokers are there', async () => {
      expect(await write('a')).toEqual([expect.any(Number)]);
      expect(await texts()).toBe('a');
      expect(await waiting()).toBe(0);
    });

    it('answers what it keeps on the disk, and hands it over in its order and once', async () => {
      await write('a');
      await broker.kill();
      expect(await write('b')).toEqual([]);
      await Promise.all([write('c'), write('d')]);
      expect(await waiting()).toBe(3);
      await broker.start();
      await expect.poll(waiting, { timeout: 40_000 }).toBe(0);
      await write('e');
      expect(await texts()).toBe('abcde');
    });

    it('has what a process kept that ended before the brokers were back', async () => {
      await broker.kill();
      await write('a');
      await door.close();
      await log.close();
      await broker.start();
      await openDoor();
      expect(await texts()).toBe('a');
    });

    it('has a write once whose end was done and not answered', async () => {
      await write('a');
      proxy.lose(END_TRANSACTION, 'answer');
      await write('b');
      await expect.poll(waiting, { timeout: 40_000 }).toBe(0);
      await write('c');
      expect(await texts()).toBe('abc');
    });

    it('has a write once whose records arrived and were not answered, and one whose end never came to be', async () => {
      await write('a');
      proxy.lose(PRODUCE, 'answer');
      await write('b');
      proxy.lose(END_TRANSACTION, 'request');
      await write('c');
      await expect.poll(waiting, { timeout: 40_000 }).toBe(0);
      expect(await texts()).toBe('abc');
    });

    it('refuses when the disk may take no more, counts it, and loses nothing that it answered', async () => {
      const large = 'x'.repeat(2 ** 19);
      await broker.kill();
      let answered = 0;
      const full = async () => {
        for (; answered < 64; answered++) await write(`${answered}${large}`);
      };
      await expect(full()).rejects.toMatchObject({ code: 'TRIPLINE_LOG_UNAVAILABLE', retriable: true });
      expect(answered).toBeGreaterThan(0);
      expect(await metrics.registry.getSingleMetricAsString('tripline_requests_shed_total')).toContain(
        'limit="log.kafka.spool_bytes_max"} 1',
      );
      await broker.start();
      await expect.poll(waiting, { timeout: 40_000 }).toBe(0);
      const numbers: string[] = [];
      for (let from = 0; numbers.length < answered; ) {
        const records = await log.read('events', 0, from, READ_ALL);
        numbers.push(...textsOf(records).map((text) => text.replaceAll('x', '')));
        from = records.at(-1)!.offset + 1;
      }
      expect(numbers).toEqual(Array.from({ length: answered }, (_, i) => `${i}`));
    });
  },
);
