import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { afterEach } from 'vitest';
import { TriplineError } from '../../src/errors.ts';
import { EVENT } from '../../src/event/event.ts';
import { Frame, rowsOf } from '../../src/event/frame/index.ts';
import { REJECT } from '../../src/event/reject.ts';
import { IngestConfig } from '../../src/ingest/config.ts';
import { startIngest } from '../../src/ingest/ingest.ts';
import { LogConfig } from '../../src/log/config.ts';
import { openLmdbLog } from '../../src/log/lmdb/lmdb-log.ts';
import type { Log, Topic } from '../../src/log/log.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { type ReplayOptions, replay } from '../../src/sources/replay/replay.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tripline-replay-'));
  closers.push(() => rm(dir, { recursive: true }));
  return dir;
}

export interface DoorSettings {
  ingest?: object;
  /** May throw instead of a write, or hold it up. */
  beforeWrite?(): unknown;
  /** Given the data folder before the door opens. */
  prepare?(dir: string): Promise<void>;
}

/** A real door on a real log, with one partition so that the order of arrival can be read. */
export async function openTestDoor({ ingest = {}, beforeWrite, prepare }: DoorSettings = {}) {
  const dir = await folder();
  await prepare?.(dir);
  const config = LogConfig.parse({ partitions: { events: 1 } });
  const log = await openLmdbLog({ dir: join(dir, 'log'), config });
  closers.push(() => log.close());
  const write: Log['write'] = async (parts) => {
    await beforeWrite?.();
    return log.write(parts);
  };
  const door = await startIngest({
    log: { ...log, write },
    metrics: createMetrics(),
    logger: pino({ level: 'silent' }),
    config: IngestConfig.parse({ port: 0, retry_after_s: 7, ...ingest }),
    data_dir: dir,
    credentialColumns: EVENT.columns,
  });
  closers.push(() => door.close());
  const frames = async (topic: Topic) =>
    (await log.read(topic, 0, 0, 1 << 24)).map((record) => Frame.decode(record.frame));
  const arrived = async () => (await frames('events')).flatMap(idsIn);
  return {
    to: door.url,
    arrived,
    ids: async () => (await arrived()).map(({ id }) => id),
    refused: async () => (await frames('rejects')).reduce((sum, frame) => sum + rowsOf(REJECT, frame).length, 0),
    close: () => door.close(),
  };
}

function idsIn(frame: Frame): { id: string; producer: string }[] {
  const rows = rowsOf(EVENT, frame);
  return Array.from({ length: rows.length }, (_, i) => {
    const { event_id, producer } = rows.seek(i);
    return { id: event_id, producer };
  });
}

const start = Date.parse('2026-03-01T10:00:00Z');
export const event = (id: string, second: number) => ({
  kind: 'tool_call',
  event_id: id,
  time: new Date(start + second * 1000).toISOString(),
  agent_id: 'a',
  tool_name: 'read',
  outcome: 'ok',
});
export const numbered = (count: number) => Array.from({ length: count }, (_, i) => event(`e${i}`, i));
export const ids = (count: number) => numbered(count).map(({ event_id }) => event_id);

export async function fileOf(records: readonly (object | string)[], name = 'day.ndjson'): Promise<string> {
  const path = join(await folder(), name);
  const text = records.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('');
  await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

/** Time passes only in its sleeps. */
export function fakeClock(onSleep: () => unknown = () => undefined) {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    async sleep(ms: number) {
      slept.push(ms);
      now += ms;
      await onSleep();
    },
  };
}

export const play = (files: string[], to: string, more: Partial<ReplayOptions> = {}) =>
  replay({ files, to, speed: 'max', clock: fakeClock(), batch_events_max: 3, ...more });
export const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof TriplineError ? `${error.code}: ${error.message}` : error),
  );
