import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { LogConfig } from '../src/log/config.ts';
import { createClient } from '../src/log/kafka/client.ts';
import { createTopics, type KafkaLogConfig } from '../src/log/kafka/topics.ts';
import { type Broker, canHaveKafka, startBroker } from './support/kafka.ts';
import { type Running, startTripline } from './support/process.ts';
import { postStorm } from './support/storm.ts';
import { startReceiver } from './survival/receiver.ts';

const SECRET = `whsec_${Buffer.from('a secret of the standby test 32b').toString('base64')}`;

/** Two processes on one Kafka, of which the first one dies. */
describe.skipIf(!(await canHaveKafka()))('a second process on the same log', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tripline-standby-'));
  let broker: Broker;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  const kafka = () => ({
    brokers: [broker.address],
    topic_prefix: `standby-${process.pid}.`,
    replication: 1,
    min_insync: 1,
    session_ms: 6000,
    clock_ms: 250,
  });
  beforeAll(async () => {
    broker = await startBroker();
    receiver = await startReceiver(SECRET);
    const config = LogConfig.parse({ kafka: kafka() }) as KafkaLogConfig;
    await createTopics(createClient(config.kafka), config);
    const rule = {
      name: 'storms',
      match: { detector: 'retry-storm' },
      mode: 'enforce',
      target: 'credential',
      receivers: ['idp'],
    };
    writeFileSync(join(dir, 'policy.yaml'), stringify({ version: 1, rules: [rule] }));
  }, 120_000);
  afterAll(async () => {
    await receiver.close();
    await broker.remove();
    rmSync(dir, { recursive: true });
  });

  const start = (name: string): Promise<Running> => {
    const idp = { type: 'webhook', url: receiver.url, secrets: [{ env: 'STANDBY_SECRET' }], allow_private: true };
    const config = {
      data_dir: join(dir, name),
      shared_dir: join(dir, 'shared'),
      ingest: { port: 0 },
      serve: { port: 0 },
      log: { kafka: kafka() },
      respond: { policy_file: join(dir, 'policy.yaml'), receivers: { idp } },
    };
    writeFileSync(join(dir, `${name}.yaml`), stringify(config));
    return startTripline(join(dir, `${name}.yaml`), { STANDBY_SECRET: SECRET });
  };
  const storm = async ({ ingest }: Running, agent_id: string) => expect(await postStorm(ingest, agent_id)).toBe(202);
  const acted = () => [...receiver.targets.keys()].sort();
  const once = () => [...receiver.targets.values()].every((ids) => ids.size === 1);

  it('judges its share, answers for the first one, takes its place when it dies, and no order is acted on twice', {
    timeout: 240_000,
  }, async () => {
    const first = await start('first');
    await storm(first, 'one');
    await vi.waitFor(() => expect(acted()).toEqual(['test:one']), { timeout: 60_000 });
    const second = await start('second');
    // Both doors take events; whoever judges them, the first one acts.
    await storm(second, 'two');
    await vi.waitFor(() => expect(acted()).toEqual(['test:one', 'test:two']), { timeout: 60_000 });
    const responds = async ({ api }: Running) => {
      const answer = await fetch(`${api}/api/health`);
      const { respond } = (await answer.json()) as { respond: { here: boolean; orders: object } };
      return [respond.here, respond.orders];
    };
    await vi.waitFor(async () => expect(await responds(first)).toEqual([true, { accepted: 2 }]));
    expect(await responds(second)).toEqual([false, { accepted: 2 }]);
    const paused = await fetch(`${second.api}/api/pause`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ who: 'ann', why: 'a test' }),
    });
    expect(paused.status).toBe(200);
    await first.kill();
    await vi.waitFor(async () => expect(await responds(second)).toEqual([true, { accepted: 2 }]), { timeout: 60_000 });
    await storm(second, 'three');
    await vi.waitFor(async () => expect(await responds(second)).toEqual([true, { accepted: 2, held: 1 }]), {
      timeout: 60_000,
    });
    expect(acted()).toEqual(['test:one', 'test:two']);
    expect(once()).toBe(true);
    expect(await second.stop()).toBe(0);
  });

  it('takes its place while it is stopped, and one that wakes up again waits for its turn', {
    timeout: 240_000,
  }, async () => {
    const [third, fourth] = [await start('third'), await start('fourth')];
    const responds = async ({ api }: Running) => {
      const answer = await fetch(`${api}/api/health`);
      return ((await answer.json()) as { respond: { here: boolean } }).respond.here;
    };
    await vi.waitFor(async () => expect([await responds(third), await responds(fourth)]).toEqual([true, false]), {
      timeout: 60_000,
    });
    const resumed = await fetch(`${third.api}/api/resume`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ who: 'ann', why: 'over' }),
    });
    expect(resumed.status).toBe(200);
    process.kill(third.pid, 'SIGSTOP');
    try {
      await vi.waitFor(async () => expect(await responds(fourth)).toBe(true), { timeout: 60_000, interval: 500 });
      await storm(fourth, 'four');
      await vi.waitFor(() => expect(acted()).toContain('test:four'), { timeout: 60_000 });
    } finally {
      process.kill(third.pid, 'SIGCONT');
    }
    await vi.waitFor(async () => expect([await responds(third), await responds(fourth)]).toEqual([false, true]), {
      timeout: 60_000,
    });
    await storm(third, 'five');
    await vi.waitFor(() => expect(acted()).toContain('test:five'), { timeout: 60_000 });
    expect(once()).toBe(true);
    expect(await Promise.all([third.stop(), fourth.stop()])).toEqual([0, 0]);
  });
});
