import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALERT } from '../alert/alert.ts';
import { EVENT } from '../event/event.ts';
import { GAP, REJECT } from '../event/reject.ts';
import { followLive, type Live } from '../live/live.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log } from '../log/log.ts';
import { ORDER } from '../order/order.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { type Api, alert, event, everyPage, iso, order, page, put, startApi, T } from './testing/api.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-alerts-'));
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
  for (const { name } of [ALERT, ORDER, EVENT, REJECT, GAP]) await store.command(`TRUNCATE TABLE ${name}`);
});

async function ids(path: string, id: string): Promise<unknown[]> {
  return (await page(api, path)).items.map((item) => item[id]);
}

describe('/api/alerts', () => {
  it('shows alerts newest first, whole, with times that say their zone', async () => {
    await put(store, ALERT, [
      alert('old', T, { agent_id: 'a', evidence: { first: 'x' }, event_ids: ['e1', 'e2'], threshold: 2.5 }),
      alert('new', T + 1),
    ]);
    const { items, next_cursor } = await page(api, '/api/alerts');
    expect(next_cursor).toBeUndefined();
    expect(items.map(({ alert_id }) => alert_id)).toEqual(['new', 'old']);
    expect(Object.keys(items[1]!).sort()).toEqual(ALERT.columns.map(({ name }) => name).sort());
    expect(items[1]).toMatchObject({
      time: iso(T),
      detected: iso(T + 5),
      window_from: iso(T - 1000),
      agent_id: 'a',
      evidence: { first: 'x' },
      event_ids: ['e1', 'e2'],
      threshold: 2.5,
      credential_handles: {},
    });
  });

  it('takes each filter, alone and together', async () => {
    const of = { detector: 'd1', severity: 'low', tenant: 't1', agent_id: 'a1', credential: 'c1', session: 's1' };
    await put(store, ALERT, [alert('one', T, { ...of, subject: 'x1' }), alert('two', T + 1000, { subject: 'x2' })]);
    for (const [name, value] of Object.entries({ ...of, subject: 'x1' })) {
      expect(await ids(`/api/alerts?${name}=${value}`, 'alert_id'), name).toEqual(['one']);
      expect(await ids(`/api/alerts?${name}=${value}&from=${iso(T + 1)}`, 'alert_id'), name).toEqual([]);
    }
    const seconds = (at: number) => encodeURIComponent(iso(at).replace('.000Z', '+00:00'));
    expect(await ids(`/api/alerts?from=${seconds(T + 1000)}`, 'alert_id')).toEqual(['two']);
    expect(await ids(`/api/alerts?to=${seconds(T + 1000)}`, 'alert_id')).toEqual(['one']);
    expect(await ids(`/api/alerts?from=${iso(T)}&to=${iso(T + 1001)}`, 'alert_id')).toEqual(['two', 'one']);
    expect(await ids('/api/alerts?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z', 'alert_id')).toHaveLength(2);
    expect(await ids('/api/alerts?from=9999-12-31T23:59:59Z', 'alert_id')).toEqual([]);
    expect(await ids('/api/alerts?to=0001-01-01T00:00:00Z', 'alert_id')).toEqual([]);
  });

  it.each<[string, string, string, string]>([
    ['severity=bad', 'severity', 'bad', 'one of info, low, medium, high, critical'],
    ['from=yesterday', 'from', 'yesterday', 'an ISO 8601 time with Z or an offset'],
    ['to=2026-01-02T03:04:05', 'to', '2026-01-02T03:04:05', 'an ISO 8601 time with Z or an offset'],
    ['limit=many', 'limit', 'many', 'a whole number from 1 on'],
    ['limit=0', 'limit', '0', 'a whole number from 1 on'],
    ['limit=1.5', 'limit', '1.5', 'a whole number from 1 on'],
    ['detector=', 'detector', '', 'at least 1 characters'],
    [`agent_id=${'x'.repeat(513)}`, 'agent_id', 'x'.repeat(200), 'at most 512 characters'],
    ['detector=a&detector=b', 'detector', 'a,b', 'one text'],
    ['detektor=a', 'detektor', 'detektor', 'no parameter of this name'],
    ['cursor=nonsense', 'cursor', 'nonsense', 'a next_cursor of alerts'],
  ])('refuses ?%s, naming the field, the value and what was expected', async (query, field, value, expected) => {
    const { status, body } = await api.get(`/api/alerts?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: 'bad_request', field, value, expected });
    expect(body.message).toContain(field);
  });

  it('refuses cursors that were made for another list, or by hand', async () => {
    await put(store, ORDER, [order('o1', 0, T), order('o2', 0, T)]);
    const { next_cursor } = await page(api, '/api/revocations?limit=1');
    for (const cursor of [
      next_cursor,
      ...[
        ['alerts', 1e300, ['x']],
        ['alerts', T, []],
        ['alerts', T, [1]],
      ].map(hand),
    ]) {
      const { status, body } = await api.get(`/api/alerts?cursor=${cursor}`);
      expect([status, body.field]).toEqual([400, 'cursor']);
    }
  });
  const hand = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url');

  it('takes a limit above the most as the most', async () => {
    await put(
      store,
      ALERT,
      Array.from({ length: 201 }, (_, i) => alert(`a${i}`, T)),
    );
    expect((await page(api, '/api/alerts?limit=100000')).items).toHaveLength(200);
    expect((await page(api, '/api/alerts')).items).toHaveLength(50);
  });

  it('pages without a gap or a repeat while alerts are added, also where many are of one time', async () => {
    const before = Array.from({ length: 23 }, (_, i) => alert(`a${i}`, T + Math.floor(i / 10)));
    await put(store, ALERT, before);
    let added = 0;
    const pages = await everyPage(api, '/api/alerts?limit=4', () =>
      put(store, ALERT, [alert(`later ${added++}`, T + 1000)]),
    );
    expect(pages.map(({ items }) => items.length)).toEqual([4, 4, 4, 4, 4, 3]);
    const read = pages.flatMap(({ items }) => items.map(({ alert_id }) => alert_id));
    expect(read.toSorted()).toEqual(before.map(({ alert_id }) => alert_id).toSorted());
    const times = pages.flatMap(({ items }) => items.map(({ time }) => time));
    expect(times).toEqual(times.toSorted().reverse());
  });

  it('ends without a cursor when the last page is full', async () => {
    await put(store, ALERT, [alert('a', T), alert('b', T)]);
    expect(await page(api, '/api/alerts?limit=2')).not.toHaveProperty('next_cursor');
    expect(await page(api, '/api/alerts?limit=1')).toHaveProperty('next_cursor');
  });
});

describe('/api/alerts/:id', () => {
  it('has the events and orders of the alert, and names events that are not in the store', async () => {
    await put(store, EVENT, [
      event('e2', T + 2, { producer: 'p' }),
      event('e1', T + 1, { producer: 'q', target: 'db' }),
      event('e1', T, { producer: 'somebody else' }),
      event('e2', T + 2, { producer: 'p', tenant: 'another' }),
      event('e4', T + 3),
    ]);
    await put(store, ALERT, [alert('x', T, { event_ids: ['e1', 'e2', 'e3'], producers: ['p', 'q'] }), alert('y', T)]);
    await put(store, ORDER, [
      order('o1', 1, T + 9, { alert_id: 'x', state: 'sent' }),
      order('o1', 0, T + 8, { alert_id: 'x' }),
      order('o2', 0, T + 8, { alert_id: 'y' }),
    ]);
    const { status, body } = await api.get('/api/alerts/x');
    expect(status).toBe(200);
    expect(body).toMatchObject({ alert_id: 'x', time: iso(T), events_missing: ['e3'] });
    expect(body.events).toEqual([
      {
        event_id: 'e1',
        time: iso(T + 1),
        received: iso(T + 1),
        tenant: 'default',
        producer: 'q',
        kind: 'tool_call',
        target: 'db',
      },
      { event_id: 'e2', time: iso(T + 2), received: iso(T + 2), tenant: 'default', producer: 'p', kind: 'tool_call' },
    ]);
    expect(
      (body.revocations as Record<string, unknown>[]).map(({ order_id, seq, state }) => [order_id, seq, state]),
    ).toEqual([
      ['o1', 0, 'proposed'],
      ['o1', 1, 'sent'],
    ]);
  });

  it.each(['/api/alerts/nothing', '/api/revocations/nothing', '/api/nothing', '/api/alerts/a/b'])(
    'is 404 for %s',
    async (path) => {
      const { status, body } = await api.get(path);
      expect([status, body.error]).toEqual([404, 'not_found']);
    },
  );
});
