import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACT } from '../act/act.ts';
import { ALERT } from '../alert/alert.ts';
import { TriplineError } from '../errors.ts';
import { EVENT } from '../event/event.ts';
import { type Column, type RecordType, rowOf, TIME } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { GAP, REJECT } from '../event/reject.ts';
import type { Log, Topic } from '../log/log.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { ORDER } from '../order/order.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { startArchive } from './archive.ts';
import { ArchiveConfig } from './config.ts';
import { memoryLog } from './memory-log.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-archive-'));
const config = ArchiveConfig.parse({
  rows_max: 10,
  block_ms: 1000,
  retry_ms_min: 1,
  retry_ms_max: 2,
  refused_frames_max: 2,
});
const logger = pino({ level: 'silent' });
const TOPICS: readonly (readonly [Topic, RecordType])[] = [
  ['events', EVENT as RecordType],
  ['alerts', ALERT as RecordType],
  ['revocations', ORDER as RecordType],
  ['rejects', REJECT as RecordType],
  ['gaps', GAP as RecordType],
  ['audit', ACT as RecordType],
];
let store: Store;
let metrics: Metrics;
let log: ReturnType<typeof memoryLog>;

beforeAll(async () => {
  store = await openChdbStore({ dir });
  await migrate(store);
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});
beforeEach(async () => {
  for (const [, type] of TOPICS) await store.command(`TRUNCATE TABLE ${type.name}`);
  metrics = createMetrics();
  log = memoryLog({ partitions: 2, batch: 3 });
  // Tokens name topic, partition, offsets and log time: another time is another log.
  log.now += Math.floor(Math.random() * 1e9);
});

function start(over: { log?: Log; store?: Store } = {}) {
  return startArchive({ log, store, config, metrics, logger, ...over });
}

async function append(topic: Topic, partition: number, type: RecordType, rows: object[]): Promise<void> {
  await log.write({ append: [{ topic, partition, frame: encodeFrame(type.columns, rows) }] });
}

const events = (...ids: string[]) => ids.map((event_id) => ({ event_id, received: Date.now() }));

async function stored(): Promise<string[]> {
  const rows = await store.query<{ event_id: string }>('SELECT event_id FROM events ORDER BY event_id');
  return rows.map(({ event_id }) => event_id);
}

async function counts(): Promise<number[]> {
  const of = TOPICS.map(([, type]) => store.query<{ n: number }>(`SELECT count() AS n FROM ${type.name}`));
  return (await Promise.all(of)).map(([row]) => row!.n);
}

async function entries(scope: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const [key] of log.state(scope)) keys.push(key);
  return keys;
}

/** Counts the inserts of a store, and fails those that `fail` says. */
function watched(fail: (call: number) => unknown = () => undefined) {
  const blocks: { table: string; frames: number; token: string }[] = [];
  const insert: Store['insert'] = async (block) => {
    blocks.push({ table: block.table, frames: block.frames.length, token: block.token });
    const error = fail(blocks.length);
    if (error !== undefined) throw error;
    await store.insert(block);
  };
  return { ...store, insert, blocks };
}

const away = () => new TriplineError('TRIPLINE_STORE_UNAVAILABLE', 'away', { retriable: true });

/** Rows of a topic that the engine keeps: retention goes by times of ours. */
function rowsFor(type: RecordType, count: number): object[] {
  const now = Date.now();
  const times = { received: now, detected: now, recorded: now, time: now };
  return Array.from({ length: count }, () => rowOf(type, times as never));
}

/** Columns that only the engine can tell to be wrong: a text where its table has a number. */
const misfit: Column[] = [
  { name: 'event_id', type: 'String' },
  { name: 'error_status', type: 'String' },
  { name: 'received', type: TIME },
];
const odd = (event_id: string, error_status: string) =>
  encodeFrame(misfit, [{ event_id, error_status, received: Date.now() }]);

describe('the archive', () => {
  it('copies all topics into their tables', async () => {
    for (const [i, [topic, type]] of TOPICS.entries()) {
      await append(topic, 0, type, rowsFor(type, 1 + i));
      await append(topic, 1, type, rowsFor(type, 10));
    }
    const archive = await start();
    await archive.drained();
    expect(await counts()).toEqual([11, 12, 13, 14, 15, 16]);
    expect(archive.lag()).toBe(0);
    await archive.close();
  });

  it('writes a block when it has its rows, and the rest when that has waited its time', async () => {
    const watch = watched();
    const archive = await start({ store: watch });
    for (let i = 0; i < 12; i++) await append('events', 0, EVENT, events(`e${i}`));
    await log.idle();
    expect(watch.blocks.map(({ frames }) => frames)).toEqual([10]);
    expect(await log.committed('archive', 'events', 0)).toBe(10);
    expect(archive.lag()).toBe(2);
    log.now += 999;
    await log.idle();
    expect(watch.blocks).toHaveLength(1);
    log.now += 1;
    await log.idle();
    expect(watch.blocks.map(({ frames }) => frames)).toEqual([10, 2]);
    expect(await log.committed('archive', 'events', 0)).toBe(12);
    expect(await stored()).toHaveLength(12);
    await archive.close();
  });

  it('takes a frame that is larger than a block as a block of its own', async () => {
    const watch = watched();
    const archive = await start({ store: watch });
    await append('events', 0, EVENT, events('a'));
    await append('events', 0, EVENT, events(...Array.from({ length: 25 }, (_, i) => `b${i}`)));
    await append('events', 0, EVENT, events('c'));
    await archive.drained();
    expect(watch.blocks.map(({ frames }) => frames)).toEqual([1, 1, 1]);
    expect(await stored()).toHaveLength(27);
    await archive.close();
  });

  it('goes on where it was stopped, and leaves nothing behind', async () => {
    await append('events', 0, EVENT, events('a'));
    let archive = await start();
    await archive.drained();
    await archive.close();
    await append('events', 0, EVENT, events('b'));
    archive = await start();
    await archive.drained();
    expect(await stored()).toEqual(['a', 'b']);
    expect(await entries('archive/events/0')).toEqual([]);
    await archive.close();
  });
});

describe('a crash', () => {
  /** A log whose process dies at a write that `when` names: the write never comes back. */
  function dying(when: (write: Parameters<Log['write']>[0]) => boolean): { log: Log; died: Promise<void> } {
    let die = () => {};
    const died = new Promise<void>((resolve) => {
      die = resolve;
    });
    const write: Log['write'] = (request) => {
      if (!when(request)) return log.write(request);
      die();
      return new Promise(() => {});
    };
    return { log: { ...log, write }, died };
  }

  it('between insert and commit stores once, though more has come since', async () => {
    for (let i = 0; i < 4; i++) await append('events', 0, EVENT, events(`e${i}`));
    const first = dying((write) => write.commit !== undefined);
    const abandoned = await start({ log: first.log });
    void abandoned.drained();
    await first.died;
    expect(await stored()).toHaveLength(4);
    expect(await log.committed('archive', 'events', 0)).toBeUndefined();

    for (let i = 4; i < 8; i++) await append('events', 0, EVENT, events(`e${i}`));
    const watch = watched();
    const archive = await start({ store: watch });
    await archive.drained();
    // The block of before, as it was, and then what came since.
    expect(watch.blocks.map(({ frames }) => frames)).toEqual([4, 4]);
    expect(await stored()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7']);
    await archive.close();
  });

  it('before the insert stores once', async () => {
    await append('events', 0, EVENT, events('a'));
    const watch = watched();
    const first = dying((write) => write.state !== undefined);
    void (await start({ log: first.log, store: watch })).drained();
    await first.died;
    expect(watch.blocks).toEqual([]);
    const archive = await start();
    await archive.drained();
    expect(await stored()).toEqual(['a']);
    await archive.close();
  });

  it('after a refused block was halved stores the good frames once', async () => {
    // Frame 3 is of the same columns as the others, and of a value that the table refuses.
    const frames = [0, 1, 2, Number.NaN, 3, 4, 5].map((i) => odd(`e${i}`, String(i)));
    await log.write({ append: frames.map((frame) => ({ topic: 'events', partition: 0, frame })) });
    let commits = 0;
    const first = dying((write) => write.commit !== undefined && ++commits === 2);
    void (await start({ log: first.log })).drained();
    await first.died;
    const archive = await start();
    await archive.drained();
    expect(await stored()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5']);
    expect(await entries('archive-refused/events/0')).toEqual(['3']);
    await archive.close();
  });

  it('never mistakes a log that was begun anew for the old one', async () => {
    await append('events', 0, EVENT, events('old'));
    const archive = await start();
    await archive.drained();
    await archive.close();
    const now = log.now + 1;
    log = memoryLog({ partitions: 2, batch: 3 });
    log.now = now;
    await append('events', 0, EVENT, events('new'));
    const next = await start();
    await next.drained();
    expect(await stored()).toEqual(['new', 'old']);
    await next.close();
  });
});

describe('a store that is away', () => {
  it('is waited for, and then gets every row of every table once', async () => {
    for (const [topic, type] of TOPICS) for (let i = 0; i < 15; i++) await append(topic, i % 2, type, rowsFor(type, 1));
    const watch = watched((call) => (call < 40 ? away() : undefined));
    const archive = await start({ store: watch });
    await archive.drained();
    expect(await counts()).toEqual([15, 15, 15, 15, 15, 15]);
    const errors = (await metrics.storeErrors.get()).values.reduce((sum, { value }) => sum + value, 0);
    expect(errors).toBe(39);
    const rows = (await metrics.storeRows.get()).values.map(({ labels, value }) => [labels.table, value]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(TOPICS.map(([, type]) => [type.name, 15])));
    await archive.close();
  });

  it('gets a block once also when it took it and then did not answer', async () => {
    await append('events', 0, EVENT, events('a'));
    let calls = 0;
    const insert: Store['insert'] = async (block) => {
      await store.insert(block);
      if (++calls < 3) throw away();
    };
    const archive = await start({ store: { ...store, insert } });
    await archive.drained();
    expect(calls).toBe(3);
    expect(await stored()).toEqual(['a']);
    await archive.close();
  });

  it('does not hold up the end of the archive, which commits nothing then', async () => {
    await append('events', 0, EVENT, events('a'));
    const watch = watched(() => away());
    const archive = await start({ store: watch });
    const drained = archive.drained();
    await vi.waitFor(() => expect(watch.blocks.length).toBeGreaterThan(1));
    expect((await metrics.consumerLag.get()).values).toEqual([{ labels: { group: 'archive' }, value: 1 }]);
    await archive.close();
    await drained;
    expect(await log.committed('archive', 'events', 0)).toBeUndefined();
    expect(await stored()).toEqual([]);
  });
});

describe('a frame that the store refuses', () => {
  it('is put aside alone, and the others go on', async () => {
    const frames = ['1', '2', 'teapot', '4', '5', '6'].map((status) => odd(`e${status}`, status));
    await log.write({ append: frames.map((frame) => ({ topic: 'events', partition: 0, frame })) });
    const archive = await start();
    await archive.drained();
    expect(await stored()).toEqual(['e1', 'e2', 'e4', 'e5', 'e6']);
    const kept: (readonly [string, Buffer])[] = [];
    for await (const entry of log.state('archive-refused/events/0')) kept.push(entry);
    expect(kept).toEqual([['2', frames[2]]]);
    expect(await log.committed('archive', 'events', 0)).toBe(6);
    await archive.close();
  });

  it('is counted, and kept up to the stated number', async () => {
    const frame = encodeFrame(EVENT.columns, events('x')).subarray(0, -1);
    await log.write({ append: Array.from({ length: 4 }, () => ({ topic: 'events' as const, partition: 0, frame })) });
    const archive = await start();
    await archive.drained();
    expect(await entries('archive-refused/events/0')).toEqual(['0', '1']);
    const refused = (await metrics.storeRefused.get()).values.map(({ labels, value }) => [labels.kept, value]);
    expect(refused).toEqual([
      ['true', 2],
      ['false', 2],
    ]);
    await archive.close();
  });

  it('of other columns goes into a block of its own', async () => {
    const watch = watched();
    await append('events', 0, EVENT, events('a'));
    await log.write({ append: [{ topic: 'events', partition: 0, frame: odd('b', '7') }] });
    await append('events', 0, EVENT, events('c'));
    const archive = await start({ store: watch });
    await archive.drained();
    expect(watch.blocks.map(({ frames }) => frames)).toEqual([1, 1, 1]);
    expect(await stored()).toEqual(['a', 'b', 'c']);
    await archive.close();
  });
});
