import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACT, type Draft } from '../act/act.ts';
import { ALERT } from '../alert/alert.ts';
import { rowOf } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { followLive, type Live } from '../live/live.ts';
import type { Log } from '../log/log.ts';
import { createMemoryDisk } from '../log/memory-disk.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { TriageConfig } from './config.ts';
import { type Desk, openDesk } from './desk.ts';
import { followRecent, type Recent } from './recent.ts';
import { actOn, type TriageDeps, undoBulk, type Which } from './triage.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-triage-'));
const T = Date.now() - 3_600_000;
const config = TriageConfig.parse({ alerts_max: 50, unstored_acts_max: 20 });
let store: Store;
let log: Log;
let disk: ReturnType<typeof createMemoryDisk>;
let live: Live;
let recent: Recent;
let desk: Desk;
let deps: TriageDeps;
let now = T;

beforeAll(async () => {
  store = await openChdbStore({ dir });
  await migrate(store);
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

/** A process on the same disk as the one before. */
async function start(): Promise<void> {
  log = openMemoryLog({ disk });
  const metrics = createMetrics();
  live = await followLive(log, 'live');
  recent = await followRecent({
    log,
    live,
    store,
    archive_group: 'archive',
    metrics,
    logger: pino({ level: 'silent' }),
    look_ms: 5,
  });
  desk = await openDesk({ log, config, metrics, clock: () => now });
  deps = { store, recent, record: desk.record, config, metrics, clock: () => now };
}

async function stop(): Promise<void> {
  await recent.close();
  await live.close();
  await log.close();
}

let tokens = 0;
const putAlerts = (ids: string[], over: object = {}) =>
  store.insert({
    table: 'alerts',
    token: `a${tokens++}`,
    frames: [
      encodeFrame(
        ALERT.columns,
        ids.map((alert_id) =>
          rowOf(ALERT, {
            alert_id,
            time: T,
            detected: T,
            tenant: 't',
            detector: 'd',
            detector_version: '3.x',
            ...over,
          }),
        ),
      ),
    ],
  });

beforeEach(async () => {
  for (const table of ['alerts', 'audit']) await store.command(`TRUNCATE TABLE ${table}`);
  disk = createMemoryDisk();
  now = T + 1000;
  await start();
  await putAlerts(['a', 'b', 'c']);
});
afterEach(stop);

const ana = { who: 'ana', role: '', why: '' };
const bo = { who: 'bo', role: '', why: '' };
const seen = (alert_id: string, version?: number): Which => ({ seen: new Map([[alert_id, version]]) });
const all = (as_of: number, status = 'open'): Which => ({
  where: { sql: `status = '${status}'`, params: {} },
  as_of,
});
const rows = async () => {
  const acts = recent.acts();
  return store.query<Record<string, unknown>>(
    `SELECT object, version, act, who, state, disposition, detector_version FROM ${acts.sql} ORDER BY object, version LIMIT 1 BY act_id`,
    acts.params,
  );
};

describe('an act', () => {
  it('is a row with who, what, on which version of which detector, and the state after it', async () => {
    await actOn(deps, seen('a', 0), { ...ana, act: 'ack' });
    await actOn(deps, seen('a', 1), { ...ana, act: 'close', disposition: 'false_positive', why: 'the scanner' });
    expect(await rows()).toEqual([
      { object: 'a', version: 1, act: 'ack', who: 'ana', state: 'acked', disposition: '', detector_version: '3.x' },
      {
        object: 'a',
        version: 2,
        act: 'close',
        who: 'ana',
        state: 'closed',
        disposition: 'false_positive',
        detector_version: '3.x',
      },
    ]);
  });

  it('that somebody was faster with is not done, and says who did what', async () => {
    await actOn(deps, seen('a', 0), { ...bo, act: 'ack' });
    const outcome = await actOn(deps, seen('a', 0), { ...ana, act: 'close', disposition: 'benign', why: 'x' });
    expect(outcome).toMatchObject({ matched: 1, succeeded: 0, failed: 1 });
    expect(outcome.failures).toMatchObject([
      { alert_id: 'a', reason: 'changed', last: { version: 1, state: 'acked', last_act: 'ack', last_who: 'bo' } },
    ]);
    expect(await rows()).toHaveLength(1);
  });

  it('of two at the same instant only one is done', async () => {
    const both = [ana, bo].map((who) => actOn(deps, seen('a', 0), { ...who, act: 'ack' }));
    const outcomes = await Promise.all(both);
    expect(outcomes.map(({ succeeded }) => succeeded).sort()).toEqual([0, 1]);
    expect(await rows()).toHaveLength(1);
  });

  it('that lacks a reason, a disposition or an assignee is refused', async () => {
    const asked = [
      { ...ana, act: 'close', disposition: 'false_positive' },
      { ...ana, act: 'close', why: 'x' },
      { ...ana, act: 'assign' },
      { ...ana, act: 'note' },
    ] as const;
    for (const one of asked)
      await expect(actOn(deps, seen('a'), one)).rejects.toMatchObject({ code: 'TRIPLINE_ACT_REFUSED' });
    expect(await rows()).toEqual([]);
  });

  it('does not fit everywhere: what is closed is not acknowledged, and what is open not opened', async () => {
    await actOn(deps, seen('a'), { ...ana, act: 'close', disposition: 'duplicate', why: 'see b' });
    const which: Which = {
      seen: new Map([
        ['a', undefined],
        ['b', undefined],
        ['z', undefined],
      ]),
    };
    const outcome = await actOn(deps, which, { ...bo, act: 'ack' });
    expect(outcome).toMatchObject({ matched: 3, succeeded: 1, failed: 2, versions: { b: 1 } });
    expect(outcome.failures.map(({ alert_id, reason }) => [alert_id, reason])).toEqual([
      ['z', 'unknown'],
      ['a', 'does_not_fit'],
    ]);
    expect(await actOn(deps, seen('c'), { ...bo, act: 'reopen' })).toMatchObject({ failed: 1 });
  });
});

describe('an act on all that a filter finds', () => {
  it('is about what was on the screen then: what others did since fails, what one did oneself does not', async () => {
    await putAlerts(['d'], { detected: T });
    now = T + 2000;
    await actOn(deps, seen('b', 0), { ...bo, act: 'ack' });
    await actOn(deps, seen('c', 0), { ...ana, act: 'note', why: 'looks odd' });
    const close = { ...ana, act: 'close', disposition: 'benign', why: 'the scanner' } as const;
    const outcome = await actOn(deps, all(T + 1500), close);
    expect(outcome).toMatchObject({ matched: 4, succeeded: 3, failed: 1 });
    expect(outcome.failures).toMatchObject([{ alert_id: 'b', reason: 'changed', last: { last_who: 'bo' } }]);
    // Sent once more, as after an answer that was lost, it finds nothing to do but what failed.
    expect(await actOn(deps, all(T + 1500), close)).toMatchObject({ matched: 1, succeeded: 0, failed: 1 });
  });

  it('is refused whole above the limit, and says which', async () => {
    await putAlerts(Array.from({ length: 48 }, (_, i) => `m${i}`));
    await expect(actOn(deps, all(T + 5000), { ...ana, act: 'ack' })).rejects.toMatchObject({
      code: 'TRIPLINE_ACT_REFUSED',
      message: expect.stringContaining('triage.alerts_max'),
    });
    expect(await rows()).toEqual([]);
  });
});

describe('taking back', () => {
  it('puts every alert where it was before, and leaves those on which somebody acted since', async () => {
    await actOn(deps, seen('a', 0), { ...ana, act: 'ack' });
    const { bulk_id } = await actOn(deps, all(T + 5000, 'open'), { ...ana, act: 'assign', assignee: 'ana' });
    await actOn(deps, seen('c', 1), { ...bo, act: 'ack' });
    expect(await undoBulk(deps, bulk_id, ana)).toMatchObject({ matched: 2, succeeded: 1, failed: 1 });
    const present = await store.query<object>(
      `SELECT object, act, state, assignee FROM ${recent.acts().sql} ORDER BY object, version DESC LIMIT 1 BY object`,
      recent.acts().params,
    );
    expect(present).toEqual([
      { object: 'a', act: 'ack', state: 'acked', assignee: '' },
      { object: 'b', act: 'undo', state: 'open', assignee: '' },
      { object: 'c', act: 'ack', state: 'acked', assignee: 'ana' },
    ]);
    await expect(undoBulk(deps, bulk_id, bo)).rejects.toMatchObject({ code: 'TRIPLINE_ACT_REFUSED' });
  });
});

describe('acts outlive the process', () => {
  it('that dies: another one knows them without the store, and does none of them twice', async () => {
    await actOn(deps, seen('a', 0), { ...ana, act: 'ack' });
    const draft: Draft = rowOf(ACT, {
      act_id: 'once',
      object_kind: 'alert',
      object: 'b',
      version: 1,
      act: 'ack',
      who: 'ana',
      state: 'acked',
    });
    await desk.record([draft]);
    await stop();
    await start();
    expect(recent.size()).toBe(2);
    expect((await desk.record([draft])).done).toMatchObject([{ act_id: 'once' }]);
    expect(await actOn(deps, seen('a', 0), { ...bo, act: 'ack' })).toMatchObject({ failed: 1 });
    expect((await rows()).map(({ object }) => object)).toEqual(['a', 'b']);
  });

  it('stop being carried along once the store has them', async () => {
    await actOn(deps, seen('a', 0), { ...ana, act: 'ack' });
    const before = await rows();
    for (const { frame } of await log.read('audit', 0, 0, 1 << 20))
      await store.insert({ table: 'audit', frames: [frame], token: `t${tokens++}` });
    await recent.stored(0, 10_000);
    expect(recent.size()).toBe(0);
    expect(await rows()).toEqual(before);
  });
});
