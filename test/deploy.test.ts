import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../src/config/config.ts';
import { type ClickHouseServer, startClickHouse } from './support/clickhouse.ts';
import { type Broker, canHaveKafka, startBroker } from './support/kafka.ts';
import { startTripline } from './support/process.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Service {
  image: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  deploy?: { resources: { limits: { cpus: string; memory: string } } };
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  it('pins every image to a version', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/^[\w./-]+:\d+\.\d+(\.\d+)?$/);
  });

  it('limits every service, and asks all that stay whether they are well', () => {
    for (const [name, { deploy, healthcheck }] of services) {
      expect(deploy?.resources.limits, name).toEqual({
        cpus: expect.any(String),
        memory: expect.stringMatching(/^\d+[mg]$/),
      });
      if (name !== 'topics') expect(healthcheck?.test.length, name).toBeGreaterThan(1);
    }
  });

  it('names only services, volumes and files that are there', () => {
    for (const [name, { depends_on = {}, volumes = [] }] of services) {
      for (const other of Object.keys(depends_on)) expect(compose.services, name).toHaveProperty(other);
      for (const volume of volumes) {
        const source = volume.replace(/^\$\{\w+:-([^}]+)\}/, '$1').split(':')[0]!;
        if (source.startsWith('./')) expect(() => readdirOrFile(source), `${name} ${source}`).not.toThrow();
        else expect(compose.volumes, name).toHaveProperty(source);
      }
    }
  });

  it('shows nothing beyond this machine, and has no password in it', () => {
    for (const [name, { ports = [] }] of services)
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    const secrets = services.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).filter(([key]) => key.includes('PASSWORD')),
    );
    expect(secrets.length).toBeGreaterThan(2);
    for (const [key, value] of secrets) expect(value, key).toMatch(/^\$\{\w+:\?set a password\}$/);
  });

  it('tells three brokers of each other', () => {
    const voters = /KAFKA_VOTERS=(.*)/.exec(read('deploy/three-brokers.env'))![1]!.split(',');
    const brokers = services.filter(([name]) => name.startsWith('kafka'));
    expect(brokers.map(([name, { environment }]) => `${environment!.KAFKA_NODE_ID}@${name}:9093`)).toEqual(voters);
    for (const [name, { environment }] of brokers)
      expect(environment!.KAFKA_ADVERTISED_LISTENERS).toBe(`PLAINTEXT://${name}:9092`);
  });
});

function readdirOrFile(path: string): unknown {
  const full = join(root, path);
  try {
    return readdirSync(full);
  } catch {
    return readFileSync(full);
  }
}

describe('the image', () => {
  it('does not run as root, is made in stages, and starts what compose says', () => {
    const lines = read('Dockerfile').split('\n');
    expect(lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1])).toEqual(
      Array(2).fill('node:24.11-bookworm-slim'),
    );
    expect(lines.findLastIndex((line) => line.startsWith('USER node'))).toBeGreaterThan(
      lines.findLastIndex((line) => line.startsWith('RUN ')),
    );
    expect(lines).toContain('ENTRYPOINT ["node", "bin/tripline.cjs"]');
  });

  it('has every folder that it copies', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const made = ['dist', 'node_modules'];
    const copied = [...read('Dockerfile').matchAll(/COPY --from=build \/tripline\/(\S+)/g)].map(([, path]) => path!);
    expect(copied.filter((path) => !kept.includes(path) && !made.includes(path))).toEqual([]);
  });
});

describe.each(['tripline.yaml', 'tripline-three-brokers.yaml'])('deploy/%s', (file) => {
  it('can be used, and demands keys', async () => {
    const { ingest, serve, log, store } = await loadConfig(join(root, 'deploy', file));
    expect(ingest).toMatchObject({ host: '0.0.0.0', loopback_without_key: false });
    expect(serve.in_container).toBe(true);
    const brokers = log.kafka!.brokers.map((address) => address.split(':')[0]!);
    for (const name of [...brokers, new URL(store.clickhouse!.url).hostname])
      expect(compose.services).toHaveProperty(name);
    expect(log.kafka!.replication).toBe(brokers.length);
  });
});

/** No containers here: the same commands and environment, on a broker and an engine that are real. */
describe.skipIf(!(await canHaveKafka()))('what compose starts', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tripline-deploy-'));
  const config = join(dir, 'tripline.yaml');
  let broker: Broker;
  let clickhouse: ClickHouseServer;
  const { command: topics } = compose.services.topics!;
  const env = () => ({ TRIPLINE_CLICKHOUSE_PASSWORD: clickhouse.password });
  const run = async (args: readonly string[]) => {
    const command = ['--import', 'tsx', join(root, 'src/cli/main.ts'), ...args];
    return promisify(execFile)(process.execPath, command, { cwd: root, env: { ...process.env, ...env() } });
  };
  const here = (args: readonly string[]) => args.map((arg) => (arg === '/etc/tripline/tripline.yaml' ? config : arg));

  beforeAll(async () => {
    // One after the other: a JVM that starts while the engine does inherits its signals, and hangs.
    broker = await startBroker();
    clickhouse = await startClickHouse();
    const text = read('deploy/tripline.yaml')
      .replace('/var/lib/tripline', join(dir, 'data'))
      .replace('kafka:9092', broker.address)
      .replace('http://clickhouse:8123', clickhouse.url)
      .replace('database: tripline', 'database: default')
      .replace('host: 0.0.0.0', 'host: 127.0.0.1\n  port: 0')
      .replace('in_container: true', 'in_container: true\n  port: 0')
      .replace('min_insync: 1', `min_insync: 1\n    topic_prefix: deploy-${process.pid}.`);
    writeFileSync(config, text);
  }, 120_000);
  afterAll(async () => {
    await broker.remove();
    await clickhouse.close();
    rmSync(dir, { recursive: true });
  });

  it('makes its topics, takes events of those who have a key, and stores them', { timeout: 180_000 }, async () => {
    await run(here(topics!));
    const { stdout } = await run(['keys', 'create', 'my-agents', '--config', config, '--json']);
    const { key } = JSON.parse(stdout) as { key: string };
    const tripline = await startTripline(config, env());
    const api = tripline.api.replace('0.0.0.0', '127.0.0.1');
    const post = (headers: Record<string, string>) =>
      fetch(`${tripline.ingest}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ kind: 'tool_call', agent_id: 'a1', session: 's', tool_name: 'x', outcome: 'ok' }),
      });
    expect((await post({})).status).toBe(401);
    expect((await post({ authorization: `Bearer ${key}` })).status).toBe(202);
    await vi.waitFor(
      async () => {
        const answer = await fetch(`${api}/api/agents/a1/timeline`);
        expect(((await answer.json()) as { items: unknown[] }).items).toHaveLength(1);
      },
      { timeout: 60_000, interval: 200 },
    );
    const health = compose.services.tripline!.healthcheck!.test.at(-1)!.replace('http://127.0.0.1:4380', api);
    await promisify(execFile)(process.execPath, ['-e', health]);
    expect(await tripline.stop()).toBe(0);
  });
});
