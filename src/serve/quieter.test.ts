import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALERT } from '../alert/alert.ts';
import { followLive, type Live } from '../live/live.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log } from '../log/log.ts';
import { ORDER } from '../order/order.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { type Api, alert, order, put, startApi, T } from './testing/api.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-quieter-'));
let log: Log;
let store: Store;
let live: Live;
let api: Api;

beforeAll(async () => {
  log = await openLmdbLog({ dir: join(dir, 'log') });
  store = await openChdbStore({ dir: join(dir, 'store') });
  await migrate(store);
  live = await followLive(log, 'live');
  api = await startApi({ store, live, takesOption: (detector, option) => detector === 'd' && option !== 'made_up' });
  const crossed = (id: string, observed: number, more: object = {}) =>
    alert(id, T, {
      detector: 'd',
      threshold_name: 'calls',
      threshold: 4,
      observed,
      agent_id: `agent-${id}`,
      ...more,
    });
  await put(store, ALERT, [
    crossed('four', 4),
    crossed('five', 5),
    crossed('six', 6),
    crossed('old', 4, { time: T - 40 * 86_400_000 }),
    crossed('other', 4, { threshold_name: 'made_up' }),
    crossed('fast', 143, { threshold_name: 'window_ms', threshold: 1000 }),
    crossed('faster', 20, { threshold_name: 'window_ms', threshold: 1000 }),
    crossed('share', 0.5, { threshold_name: 'share', threshold: 0.35 }),
  ]);
  await put(store, ORDER, [
    order('o1', 0, T, { alert_id: 'four', state: 'sent' }),
    order('o1', 1, T, { alert_id: 'four', state: 'undone' }),
    order('o2', 0, T, { alert_id: 'five', state: 'confirmed' }),
    order('o3', 0, T, { alert_id: 'six', state: 'confirmed' }),
  ]);
});
afterAll(async () => {
  await api.close();
  await live.close();
  await log.close();
  await store.close();
  rmSync(dir, { recursive: true });
});
const quieter = async (id: string, query = '') => (await api.get(`/api/alerts/${id}/quieter${query}`)).body;

describe('the nearest quieter setting', () => {
  it('lies just beyond what was seen, with what else it would have changed', async () => {
    expect(await quieter('five')).toEqual({
      detector: 'd',
      option: 'calls',
      threshold: 4,
      observed: 5,
      nearest: 6,
      affected: { alerts: 2, confirmed: 1, undone: 1, agents: expect.arrayContaining(['agent-four', 'agent-five']) },
      since: expect.any(String),
    });
    expect(await quieter('five', '?days=90')).toMatchObject({ affected: { alerts: 3 } });
  });

  it('lies below where less is worse', async () => {
    expect(await quieter('fast')).toMatchObject({ nearest: 142, affected: { alerts: 1 } });
    expect(await quieter('faster')).toMatchObject({ nearest: 19, affected: { alerts: 2 } });
  });

  it('of a fraction is the next hundredth', async () => {
    expect(await quieter('share')).toMatchObject({ nearest: 0.51 });
  });

  it('is not offered where the detector has no such option', async () => {
    expect(await quieter('other')).not.toHaveProperty('nearest');
  });

  it('is none of an alert that is not known, and takes days only', async () => {
    expect((await api.get('/api/alerts/none/quieter')).status).toBe(404);
    expect((await api.get('/api/alerts/five/quieter?days=0')).status).toBe(400);
  });
});
