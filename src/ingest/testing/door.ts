import { EventEmitter, once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { EVENT } from '../../event/event.ts';
import { Frame } from '../../event/frame/index.ts';
import { openLmdbLog } from '../../log/lmdb/lmdb-log.ts';
import type { Log, Topic } from '../../log/log.ts';
import { createMetrics, type Metrics } from '../../metrics/metrics.ts';
import { IngestConfig } from '../config.ts';
import { type Ingest, startIngest } from '../ingest.ts';

/** A door on a free port with the real log in a folder of its own, for tests over HTTP. */
export interface TestDoor extends Ingest {
  log: Log;
  metrics: Metrics;
  /** What the door logged, a line each. */
  logged: string[];
  /** Stops the door and the log; the folder stays, so that another door can open on it. */
  stop(): Promise<void>;
}

export interface TestDoorOptions {
  config?: Partial<IngestConfig>;
  /** Stands between the door and its log. */
  wrap?: (log: Log) => Log;
}

export async function startTestDoor(dir: string, { config = {}, wrap }: TestDoorOptions = {}): Promise<TestDoor> {
  const logged: string[] = [];
  const metrics = createMetrics();
  const log = await openLmdbLog({ dir: join(dir, 'log'), metrics });
  try {
    const ingest = await startIngest({
      log: wrap?.(log) ?? log,
      metrics,
      logger: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
      config: IngestConfig.parse({ port: 0, ...config }),
      data_dir: dir,
      credentialColumns: EVENT.columns,
    });
    const stop = async () => {
      await ingest.close();
      await log.close();
    };
    return { ...ingest, log, metrics, logged, stop };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** A new folder and what removes it. */
export async function newFolder(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'tripline-door-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Every row of a topic, decoded from its frames: by partition, in order. */
export async function rowsIn(log: Log, topic: Topic): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (let partition = 0; partition < log.partitions(topic); partition++) {
    const { first, next } = await log.bounds(topic, partition);
    for (let at = first; at < next; ) {
      const records = await log.read(topic, partition, at, 8 << 20);
      for (const { frame } of records) rows.push(...rowsOfFrame(Frame.decode(frame)));
      at = records.at(-1)!.offset + 1;
    }
  }
  return rows;
}

function rowsOfFrame(frame: Frame): Record<string, unknown>[] {
  const columns = frame.names.map((name) => [name, frame.column(name)] as const);
  return Array.from({ length: frame.length }, (_, i) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[i]])),
  );
}

/** Every byte that is kept under a folder: what a thief of the disk would hold. */
export async function bytesIn(dir: string): Promise<Buffer> {
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  const kept = files.filter((file) => file.isFile());
  return Buffer.concat(await Promise.all(kept.map((file) => readFile(join(file.parentPath, file.name)))));
}

export async function post(
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** Sum of a counter over the series that carry these labels. */
export async function counted(
  counter: { get(): Promise<{ values: { value: number; labels: object }[] }> },
  labels: Record<string, string> = {},
): Promise<number> {
  const { values } = await counter.get();
  const wanted = Object.entries(labels);
  const fits = (has: object) => wanted.every(([name, value]) => (has as Record<string, unknown>)[name] === value);
  return values.reduce((sum, one) => sum + (fits(one.labels) ? one.value : 0), 0);
}

export interface HeldLog {
  wrap(log: Log): Log;
  /** Resolves when a write has come that is being held. */
  arrived(): Promise<void>;
  /** Lets everything through, now and later. */
  release(): void;
}

/** Holds the writes of a log back until they are released, as a slow disk would. */
export function holdWrites(): HeldLog {
  const gate = new EventEmitter();
  let open = false;
  const arrived = once(gate, 'arrived');
  const released = once(gate, 'released');
  return {
    wrap: (log) => ({
      ...log,
      async write(write) {
        gate.emit('arrived');
        if (!open) await released;
        return log.write(write);
      },
    }),
    async arrived() {
      await arrived;
    },
    release() {
      open = true;
      gate.emit('released');
    },
  };
}

/** Resolves when a connection is over, in whatever way. */
export function hungUp(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket
      .on('error', () => undefined)
      .once('close', () => resolve())
      .resume();
  });
}
