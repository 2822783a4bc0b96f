import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSION = '4.4.0';
const START_MS_MAX = 60_000;

export interface Broker {
  /** host:port, for `log.kafka.brokers`. */
  address: string;
  /** SIGKILL, and gone when it resolves. */
  kill(): Promise<void>;
  /** Starts it again on what it kept, at the same address. */
  start(): Promise<void>;
  /** Ends it and removes what it kept. */
  remove(): Promise<void>;
}

/**
 * Whether a broker can be had: one that runs already (TRIPLINE_TEST_KAFKA=host:port), or one from Maven's jars.
 * Otherwise says why not in one line; with TRIPLINE_REQUIRE_KAFKA=1 that is a failure.
 * @param own a test that ends the broker needs one of its own
 */
export async function canHaveKafka(options: { own?: boolean } = {}): Promise<boolean> {
  possible = await canHave(options);
  return possible;
}

/** What was answered last: the body of a suite that is skipped runs all the same, and must start nothing. */
let possible = true;

async function canHave({ own = false }: { own?: boolean }): Promise<boolean> {
  if (process.env.TRIPLINE_SKIP_KAFKA === '1') {
    console.log('Skipped: tests against a Kafka broker, because TRIPLINE_SKIP_KAFKA is set.');
    return false;
  }
  const given = process.env.TRIPLINE_TEST_KAFKA;
  if (given !== undefined && !own) return true;
  const reason = given !== undefined ? 'TRIPLINE_TEST_KAFKA is not ours to end' : await whyNoBroker();
  if (reason === undefined) return true;
  if (process.env.TRIPLINE_REQUIRE_KAFKA === '1' && given === undefined)
    throw new Error(`TRIPLINE_REQUIRE_KAFKA is set, but ${reason}`);
  console.log(`Skipped: tests against a Kafka broker, because ${reason}.`);
  return false;
}

async function whyNoBroker(): Promise<string | undefined> {
  const missing: string[] = [];
  for (const [command, flag] of [
    ['java', '-version'],
    ['mvn', '--version'],
  ] as const)
    await run(command, [flag]).catch(() => missing.push(command));
  if (missing.length > 0) return `${missing.join(' and ')} cannot be run here`;
  return jars().then(
    () => undefined,
    (error: Error) => `the jars of Kafka ${VERSION} cannot be had: ${error.message.split('\n', 1)[0]}`,
  );
}

/** A broker for one test file. `settings` go over those below. */
export async function startBroker(settings: Readonly<Record<string, string>> = {}): Promise<Broker> {
  const given = possible ? process.env.TRIPLINE_TEST_KAFKA : 'nobody:9092';
  if (given !== undefined) {
    const nothing = async () => {};
    return { address: given, kill: nothing, start: nothing, remove: nothing };
  }
  const folder = await mkdtemp(join(tmpdir(), 'tripline-kafka-'));
  const [port, controller] = await freePorts();
  const file = join(folder, 'server.properties');
  const lines = Object.entries({ ...settingsOf(folder, port, controller), ...settings });
  await writeFile(file, lines.map(([name, value]) => `${name}=${value}`).join('\n'));
  // One that begins with a dash would be taken for an option.
  const cluster = `t${randomBytes(16).toString('base64url').slice(1)}`;
  await run('java', [
    ...(await java()),
    'kafka.tools.StorageTool',
    'format',
    '-t',
    cluster,
    '-c',
    file,
    '--standalone',
  ]);
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (child?.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
  };
  const start = async () => {
    child = await spawnBroker(folder, file);
    await accepts(port, child, folder);
  };
  await start();
  return {
    address: `127.0.0.1:${port}`,
    kill: () => end('SIGKILL'),
    start,
    async remove() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function settingsOf(folder: string, port: number, controller: number): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
  };
}

async function spawnBroker(folder: string, file: string): Promise<ChildProcess> {
  const output = openSync(join(folder, 'broker.log'), 'a');
  const child = spawn('java', ['-Xmx512m', ...(await java()), 'kafka.Kafka', file], {
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  return child;
}

/** Resolves when the port takes connections. */
async function accepts(port: number, child: ChildProcess, folder: string): Promise<void> {
  const until = performance.now() + START_MS_MAX;
  while (!(await connects(port))) {
    if (child.exitCode !== null || performance.now() > until)
      throw new Error(
        `The broker does not start:\n${(await readFile(join(folder, 'broker.log'), 'utf8')).slice(-4000)}`,
      );
    await delay(50);
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as { port: number }).port);
  }
  for (const server of servers) server.close();
  return ports as [number, number];
}

async function java(): Promise<string[]> {
  return ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', join(await jars(), '*')];
}

/** The folder of the jars; fetched once, and kept for later runs. */
async function jars(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'tripline-tests', `kafka-${VERSION}`);
  if (existsSync(folder)) return folder;
  await mkdir(join(cache, 'tripline-tests'), { recursive: true });
  const work = await mkdtemp(`${folder}-`);
  try {
    await writeFile(join(work, 'pom.xml'), POM);
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd: work });
    // Test files run in processes of their own: whoever comes second finds it there.
    await rename(join(work, 'lib'), folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

const POM = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>tests</groupId>
  <artifactId>broker</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;
