import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALERT } from '../alert/alert.ts';
import { followLive, type Live } from '../live/live.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log } from '../log/log.ts';
import { ORDER } from '../order/order.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { type Api, alert, iso, order, page, put, startApi, T } from './testing/api.ts';

const MINUTE = 60_000;
const dir = mkdtempSync(join(tmpdir(), 'tripline-incidents-'));
let log: Log;
let store: Store;
let live: Live;
let api: Api;

beforeAll(async () => {
  log = await openLmdbLog({ dir: join(dir, 'log') });
  store = await openChdbStore({ dir: join(dir, 'store') });
  await migrate(store);
  live = await followLive(log, 'live');
  api = await startApi({ store, live });
});
afterAll(async () => {
  await api.close();
  await live.close();
  await log.close();
  await store.close();
  rmSync(dir, { recursive: true });
});
beforeEach(async () => {
  for (const { name } of [ALERT, ORDER]) await store.command(`TRUNCATE TABLE ${name}`);
});

const three = () =>
  put(store, ALERT, [
    alert('a', T - 20 * MINUTE, { session: 's', agent_id: 'x', credential: '', tenant: 't' }),
    alert('b', T, { session: 's', agent_id: 'y', credential: '', tenant: 't' }),
    alert('c', T + 1, { session: 'z', agent_id: 'z', credential: '', tenant: 'u' }),
  ]);
const ids = async (query = '') => (await page(api, `/api/incidents${query}`)).items.map((item) => item.incident_id);

describe('/api/incidents', () => {
  it('shows alerts that share a session as one, newest first, with times that say their zone', async () => {
    await three();
    const { items } = await page(api, '/api/incidents');
    expect(
      items.map(({ incident_id, alerts, agents, first, last }) => [incident_id, alerts, agents, first, last]),
    ).toEqual([
      ['inc_c', 1, ['z'], iso(T + 1), iso(T + 1)],
      ['inc_a', 2, ['x', 'y'], iso(T - 20 * MINUTE), iso(T)],
    ]);
  });

  it('takes a time within an incident without cutting it', async () => {
    await three();
    expect(await ids(`?from=${iso(T)}`)).toEqual(['inc_c', 'inc_a']);
    expect(await ids(`?from=${iso(T + 1)}`)).toEqual(['inc_c']);
    expect(await ids(`?to=${iso(T)}`)).toEqual(['inc_a']);
    expect(await ids('?tenant=t')).toEqual(['inc_a']);
    expect(await ids('?limit=1')).toEqual(['inc_c']);
  });

  it('finds one by its id and by that of any of its alerts, with its orders', async () => {
    await three();
    await put(store, ORDER, [order('ord_1', 0, T, { alert_id: 'b' }), order('ord_2', 0, T, { alert_id: 'c' })]);
    for (const id of ['inc_a', 'a', 'b']) {
      const { body } = await api.get(`/api/incidents/${id}`);
      expect(body).toMatchObject({ incident_id: 'inc_a', alerts: 2, revocations: [{ order_id: 'ord_1' }] });
    }
    expect((await api.get('/api/incidents/inc_nothing')).status).toBe(404);
  });

  it('refuses what it does not know', async () => {
    const { status, body } = await api.get('/api/incidents?detector=x');
    expect([status, body.field]).toEqual([400, 'detector']);
  });
});
