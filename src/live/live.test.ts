import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALERT } from '../alert/alert.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log } from '../log/log.ts';
import { ORDER } from '../order/order.ts';
import { followLive, type Live, type LiveItem, RECENT_MAX } from './live.ts';

const root = mkdtempSync(join(tmpdir(), 'tripline-live-'));
afterAll(() => rmSync(root, { recursive: true }));

let dir: string;
let log: Log;
let live: Live;
let heard: LiveItem[];
beforeEach(async () => {
  dir = mkdtempSync(join(root, 'log-'));
  log = await openLmdbLog({ dir });
  await alerts('before');
  live = await followLive(log, 'live');
  heard = [];
  live.listen((item) => heard.push(item));
});
afterEach(async () => {
  await live.close();
  await log.close();
});

const append = (topic: 'alerts' | 'revocations', frame: Buffer) =>
  log.write({ append: [{ topic, partition: 0, frame }] });
const alerts = (...ids: string[]) =>
  append(
    'alerts',
    encodeFrame(
      ALERT.columns,
      ids.map((alert_id) => ({ alert_id, time: 1_700_000_000_000 })),
    ),
  );
const orders = (...ids: string[]) =>
  append(
    'revocations',
    encodeFrame(
      ORDER.columns,
      ids.map((order_id) => ({ order_id })),
    ),
  );
const names = (items: readonly LiveItem[] = []) =>
  items.map((item) => {
    if (item.type === 'alert') return item.row.alert_id;
    return item.type === 'act' ? item.row.act_id : item.row.order_id;
  });

describe('a follower', () => {
  it('tells whole alerts and orders that became durable after it began, in their order', async () => {
    await alerts('a', 'b');
    await alerts('c');
    await live.drained();
    await orders('o');
    await live.drained();
    expect(names(heard)).toEqual(['a', 'b', 'c', 'o']);
    expect(heard.map(({ type }) => type)).toEqual(['alert', 'alert', 'alert', 'revocation']);
    expect(heard[0]?.row).toMatchObject({ time: 1_700_000_000_000, severity: '', event_ids: [], evidence: {} });
  });

  it('tells nobody who stopped listening, and nobody after it was closed', async () => {
    const stopped: LiveItem[] = [];
    const stop = live.listen((item) => stopped.push(item));
    await alerts('a');
    await live.drained();
    stop();
    await alerts('b');
    await live.drained();
    expect([names(stopped), names(heard)]).toEqual([['a'], ['a', 'b']]);
    await live.close();
    await alerts('c');
    expect(names(heard)).toEqual(['a', 'b']);
  });

  it('passes over a frame that cannot be read and tells what is behind it', async () => {
    await append('alerts', Buffer.from('no frame'));
    await append('alerts', encodeFrame(ALERT.columns, [{ alert_id: 'cut' }]).subarray(0, -1));
    await alerts('behind');
    await live.drained();
    expect(names(heard)).toEqual(['behind']);
  });

  it('knows what came after an item, as long as it remembers that item', async () => {
    await alerts('a', 'b', 'c');
    await live.drained();
    const [a, , c] = live.recent();
    expect(names(live.since(a!.id))).toEqual(['b', 'c']);
    expect(live.since(c!.id)).toEqual([]);
    expect(live.since('nothing')).toBeUndefined();
    await alerts(...Array.from({ length: RECENT_MAX - 2 }, (_, i) => `more ${i}`));
    await live.drained();
    expect(live.since(a!.id)).toBeUndefined();
    expect(live.recent()).toHaveLength(RECENT_MAX);
    expect(names(live.recent()).at(0)).toBe('b');
  });

  it('takes no id of another process for its own', async () => {
    await alerts('a');
    await live.drained();
    const [{ id } = { id: '' }] = heard;
    await live.close();
    live = await followLive(log, 'live');
    await alerts('b');
    await live.drained();
    expect(names(live.recent())).toEqual(['b']);
    expect(live.since(id)).toBeUndefined();
  });

  it('commits what it told, so that retention need not wait for it', async () => {
    await alerts('a');
    const { next } = await log.bounds('alerts', 0);
    await vi.waitFor(async () => expect(await log.committed('live', 'alerts', 0)).toBe(next), { timeout: 30_000 });
  });
});
