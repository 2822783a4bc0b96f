import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALERT } from '../alert/alert.ts';
import { EVENT } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { GAP, REJECT } from '../event/reject.ts';
import { followLive, type Live } from '../live/live.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log } from '../log/log.ts';
import { ORDER } from '../order/order.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { type Api, alert, event, everyPage, iso, order, page, put, startApi, T } from './testing/api.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-lists-'));
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

describe('/api/revocations', () => {
  it('shows each order once, in its present state, by when it was made', async () => {
    await put(store, ORDER, [
      order('first', 0, T),
      order('first', 2, T + 500, { state: 'confirmed', receiver: 'idp' }),
      order('first', 1, T + 400, { state: 'sent', receiver: 'idp' }),
      order('second', 0, T + 100),
    ]);
    const { items } = await page(api, '/api/revocations');
    expect(items.map(({ order_id, state, created, time }) => [order_id, state, created, time])).toEqual([
      ['second', 'proposed', iso(T + 100), iso(T + 100)],
      ['first', 'confirmed', iso(T), iso(T + 500)],
    ]);
    expect(await ids('/api/revocations?state=confirmed', 'order_id')).toEqual(['first']);
    expect(await ids('/api/revocations?state=sent', 'order_id')).toEqual([]);
    expect(await ids('/api/revocations?receiver=idp&mode=enforce&action=revoke', 'order_id')).toEqual(['first']);
    expect(await ids(`/api/revocations?from=${iso(T + 1)}`, 'order_id')).toEqual(['second']);
    expect((await api.get('/api/revocations?state=done')).body).toMatchObject({ field: 'state', value: 'done' });
  });

  it('misses none that changes its state while it is paged', async () => {
    const made = Array.from({ length: 9 }, (_, i) => `o${i}`);
    await put(
      store,
      ORDER,
      made.map((id, i) => order(id, 0, T + i)),
    );
    let seq = 0;
    const moves = async () => {
      seq++;
      await put(
        store,
        ORDER,
        made.map((id, i) => order(id, seq, T + 1000 * seq + 9 - i, { state: 'sent' })),
      );
    };
    const pages = await everyPage(api, '/api/revocations?limit=2', moves);
    expect(pages.flatMap(({ items }) => items.map(({ order_id }) => order_id))).toEqual(made.toReversed());
  });

  it('has the history of one order', async () => {
    await put(store, ORDER, [order('o', 1, T + 5, { state: 'held', why: 'cap' }), order('o', 0, T), order('p', 0, T)]);
    const { body } = await api.get('/api/revocations/o');
    expect(body).toMatchObject({ order_id: 'o', state: 'held', why: 'cap', time: iso(T + 5) });
    expect((body.history as Record<string, unknown>[]).map(({ state, time }) => [state, time])).toEqual([
      ['proposed', iso(T)],
      ['held', iso(T + 5)],
    ]);
  });
});

describe('/api/agents/:id/timeline', () => {
  const HOSTILE = [
    "o'brien",
    'a/b',
    '../../etc/passwd',
    'quote"and\\back',
    "'; DROP TABLE events; --",
    "' OR 1=1 --",
    '{agent_id:String}',
    '%27%20OR%201=1',
    '東京 \u{1f9a0} é',
    'tab\tline\nzero\0end',
    '?limit=1&x=#fragment',
    '<script>alert(1)</script>',
    '\u202egnp.exe',
    '\u{1f9a0}'.repeat(128),
    '東'.repeat(256),
  ];

  it('finds exactly the agent of that id, whatever the id is', async () => {
    await put(store, EVENT, [
      ...HOSTILE.map((agent_id, i) => event(`e${i}`, T + i, { agent_id })),
      event('other', T, { agent_id: 'other' }),
    ]);
    for (const [i, agent_id] of HOSTILE.entries()) {
      const path = `/api/agents/${encodeURIComponent(agent_id)}/timeline`;
      expect(
        (await page(api, path)).items.map((item) => [item.event_id, item.agent_id]),
        agent_id,
      ).toEqual([[`e${i}`, agent_id]]);
    }
    expect(await store.query('SELECT count() AS n FROM events')).toEqual([{ n: HOSTILE.length + 1 }]);
  });

  it('takes hostile values as values in every filter', async () => {
    await put(
      store,
      ALERT,
      HOSTILE.map((agent_id, i) => alert(`a${i}`, T, { agent_id, detector: agent_id })),
    );
    for (const [i, value] of HOSTILE.entries()) {
      const query = new URLSearchParams({ agent_id: value, detector: value });
      expect(await ids(`/api/alerts?${query}`, 'alert_id')).toEqual([`a${i}`]);
    }
  });

  it('says what is wrong with an address that is none', async () => {
    expect((await api.get('/api/agents/%zz/timeline')).status).toBe(400);
    expect((await api.get(`/api/agents/${'x'.repeat(4000)}/timeline`)).status).toBe(414);
    const { status, body } = await api.get('/api/agents/a/timeline?agent_id=b');
    expect([status, body.field]).toEqual([400, 'agent_id']);
  });

  it('leaves out what says nothing, and takes its filters', async () => {
    await put(store, EVENT, [
      event('e1', T, { agent_id: 'a', outcome: 'ok', session: 's' }),
      event('e2', T + 1, { agent_id: 'a', outcome: 'denied', kind: 'token_use', credential: 'c' }),
    ]);
    const path = '/api/agents/a/timeline';
    expect((await page(api, path)).items[1]).toEqual({
      event_id: 'e1',
      time: iso(T),
      received: iso(T),
      tenant: 'default',
      producer: 'p',
      kind: 'tool_call',
      agent_id: 'a',
      outcome: 'ok',
      session: 's',
    });
    for (const query of ['kind=token_use', 'outcome=denied', 'credential=c', `from=${iso(T + 1)}`])
      expect(await ids(`${path}?${query}`, 'event_id'), query).toEqual(['e2']);
    for (const query of ['session=s', 'kind=tool_call', `to=${iso(T + 1)}`])
      expect(await ids(`${path}?${query}`, 'event_id'), query).toEqual(['e1']);
  });

  it('pages over events of one time and one id from several producers, and shows a repeated one once', async () => {
    const producers = ['p1', 'p2', 'p3', 'p4', 'p5'];
    await put(
      store,
      EVENT,
      [...producers, 'p3', 'p3'].map((producer) => event('same', T, { agent_id: 'a', producer })),
    );
    const pages = await everyPage(api, '/api/agents/a/timeline?limit=2');
    const read = pages.flatMap(({ items }) => items.map(({ producer }) => producer));
    expect(read).toEqual(producers.toReversed());
  });
});

describe('/api/rejects and /api/gaps', () => {
  it('show what was refused and why, with filters', async () => {
    const reject = {
      tenant: 't1',
      producer: 'p1',
      door: 'events',
      field: 'kind',
      index: 3,
      expected: 'one of',
      got: 'x',
      body: '{',
    };
    await put(store, REJECT, [
      { ...reject, time: T },
      { time: T + 1, producer: 'p2' },
    ]);
    const { items } = await page(api, '/api/rejects');
    expect(items[1]).toEqual({ ...reject, time: iso(T) });
    expect(items[0]).toEqual({ ...rowOf(REJECT, { producer: 'p2' }), time: iso(T + 1) });
    for (const query of ['tenant=t1', 'producer=p1', 'door=events', 'field=kind', `to=${iso(T + 1)}`])
      expect(await ids(`/api/rejects?${query}`, 'producer'), query).toEqual(['p1']);
    expect((await api.get('/api/rejects?agent_id=a')).body).toMatchObject({ field: 'agent_id' });
  });

  it('show what detectors did not see, with filters', async () => {
    const gap = { tenant: 't1', producer: 'p1', detector: 'd1', reason: 'late', events: 7 };
    await put(store, GAP, [
      { ...gap, recorded: T, time_from: T - 9000, time_to: T - 8000 },
      { recorded: T + 1, producer: 'p2', time_from: T, time_to: T },
    ]);
    const { items } = await page(api, '/api/gaps');
    expect(items[1]).toEqual({ ...gap, recorded: iso(T), time_from: iso(T - 9000), time_to: iso(T - 8000) });
    for (const query of ['tenant=t1', 'producer=p1', 'detector=d1', 'reason=late', `to=${iso(T + 1)}`])
      expect(await ids(`/api/gaps?${query}`, 'producer'), query).toEqual(['p1']);
    expect((await api.get('/api/gaps?limit=x')).body).toMatchObject({ field: 'limit', value: 'x' });
  });

  it.each([
    ['rejects', (index: number) => put(store, REJECT, [{ time: T, producer: 'p', index }])],
    ['gaps', (events: number) => put(store, GAP, [{ recorded: T, producer: 'p', events }])],
  ] as const)('page over %s of one time without a gap or a repeat', async (name, add) => {
    for (let i = 1; i <= 7; i++) await add(i);
    const pages = await everyPage(api, `/api/${name}?limit=2`);
    expect(pages.map(({ items }) => items.length)).toEqual([2, 2, 2, 1]);
    const read = pages.flatMap(({ items }) => items.map((item) => item.index ?? item.events));
    expect(read.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});
