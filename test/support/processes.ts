import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { LogConfig } from '../../src/log/config.ts';
import { createClient } from '../../src/log/kafka/client.ts';
import { createTopics, type KafkaLogConfig } from '../../src/log/kafka/topics.ts';
import { startReceiver } from '../survival/receiver.ts';
import { type Broker, startBroker } from './kafka.ts';
import { type Running, startTripline } from './process.ts';

const SECRET = `whsec_${Buffer.from('a secret of processes on one log').toString('base64')}`;

/** Processes on one Kafka, with a policy that takes the credential of retry storms at one receiver. */
export interface Processes {
  receiver: Awaited<ReturnType<typeof startReceiver>>;
  /** Starts one with a data folder of its own. `options` go over the configuration that all have. */
  start(name: string, options?: object, env?: NodeJS.ProcessEnv): Promise<Running>;
  /** Ends what still runs, and removes everything. */
  remove(): Promise<void>;
}

/** @param name before the names of topics */
export async function startProcesses(name: string): Promise<Processes> {
  const dir = mkdtempSync(join(tmpdir(), `tripline-${name}-`));
  const broker: Broker = await startBroker();
  const receiver = await startReceiver(SECRET);
  const running: Running[] = [];
  const kafka = {
    brokers: [broker.address],
    topic_prefix: `${name}-${process.pid}.`,
    replication: 1,
    min_insync: 1,
    session_ms: 6000,
    clock_ms: 250,
  };
  const config = LogConfig.parse({ kafka }) as KafkaLogConfig;
  await createTopics(createClient(config.kafka), config);
  const rule = { name: 'storms', match: { detector: 'retry-storm' }, target: 'credential', receivers: ['idp'] };
  const policy_file = join(dir, 'policy.yaml');
  writeFileSync(policy_file, stringify({ version: 1, rules: [{ ...rule, mode: 'enforce' }] }));
  const idp = { type: 'webhook', url: receiver.url, secrets: [{ env: 'IDP_SECRET' }], allow_private: true };
  return {
    receiver,
    async start(one, options = {}, env = {}) {
      const file = join(dir, `${one}.yaml`);
      const common = {
        data_dir: join(dir, one),
        shared_dir: join(dir, 'shared'),
        ingest: { port: 0 },
        serve: { port: 0 },
        log: { kafka },
        respond: { policy_file, receivers: { idp } },
      };
      writeFileSync(file, stringify({ ...common, ...options }));
      const started = await startTripline(file, { IDP_SECRET: SECRET, ...env });
      running.push(started);
      return started;
    },
    async remove() {
      await Promise.all(running.map((one) => one.stop()));
      await receiver.close();
      await broker.remove();
      rmSync(dir, { recursive: true });
    },
  };
}
