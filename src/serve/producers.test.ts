import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT } from '../event/event.ts';
import { followLive, type Live } from '../live/live.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import type { Needs } from './producers.ts';
import { type Api, event, iso, page, put, startApi, T } from './testing/api.ts';

const NEEDS: Needs = new Map([
  ['by-place', ['source_ip', 'user_agent']],
  ['by-flow', ['args_values']],
  ['by-tokens', ['tokens_in']],
]);
const dir = mkdtempSync(join(tmpdir(), 'tripline-producers-'));
const log = openMemoryLog();
let store: Store;
let live: Live;
let api: Api;

beforeAll(async () => {
  store = await openChdbStore({ dir });
  await migrate(store);
  live = await followLive(log, 'live');
  api = await startApi({ store, live, needs: NEEDS });
  await put(store, EVENT, [
    event('1', T, { producer: 'gateway', received: T, source_ip: '192.0.2.1' }),
    event('2', T, { producer: 'gateway', received: T + 1000, user_agent: 'curl' }),
    event('3', T, { producer: 'agents', received: T, args_values: [7], tokens_in: 5 }),
    event('4', T, { producer: 'old', received: T - 25 * 3_600_000 }),
  ]);
});
afterAll(async () => {
  await api.close();
  await live.close();
  await log.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

describe('/api/producers', () => {
  it('names the detectors that each producer of the last day leaves blind, with the fields that never came', async () => {
    const { items } = await page(api, '/api/producers');
    expect(items).toEqual([
      {
        producer: 'gateway',
        tenant: 'default',
        events: 2,
        last: iso(T + 1000),
        blind: { 'by-flow': ['args_values'], 'by-tokens': ['tokens_in'] },
      },
      {
        producer: 'agents',
        tenant: 'default',
        events: 1,
        last: iso(T),
        blind: { 'by-place': ['source_ip', 'user_agent'] },
      },
    ]);
  });

  it('looks further back when asked, and refuses what is no time', async () => {
    const { items } = await page(api, `/api/producers?from=${iso(T - 30 * 3_600_000)}`);
    expect(items.map(({ producer }) => producer).sort()).toEqual(['agents', 'gateway', 'old']);
    expect((await api.get('/api/producers?from=yesterday')).status).toBe(400);
  });
});
