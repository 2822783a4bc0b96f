import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALERT } from '../../alert/alert.ts';
import { EVENT } from '../../event/event.ts';
import { followLive, type Live } from '../../live/live.ts';
import { openMemoryLog } from '../../log/memory-log.ts';
import { ORDER } from '../../order/order.ts';
import { migrate, openChdbStore, type Store } from '../../store/index.ts';
import { type Api, alert, event, iso, order, page, put, startApi, T } from '../testing/api.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-console-'));
const built = join(dir, 'console');
const log = openMemoryLog();
let store: Store;
let live: Live;
let api: Api;

const S = 1000;
/** Two agents with one token: `thief` uses it from another address while `owner` does. */
const use = (id: string, at: number, row: object) =>
  event(id, T + at, { kind: 'token_use', credential: 'jwt:t', outcome: 'ok', ...row });
const call = (id: string, at: number, row: object) =>
  event(id, T + at, { agent_id: 'owner', session: 's1', tool_name: 'read', outcome: 'ok', ...row });

beforeAll(async () => {
  mkdirSync(join(built, 'assets'), { recursive: true });
  writeFileSync(join(built, 'index.html'), '<!doctype html><title>Tripline</title>');
  writeFileSync(join(built, 'assets', 'a-1.js'), 'export {}');
  store = await openChdbStore({ dir: join(dir, 'store') });
  await migrate(store);
  live = await followLive(log, 'live');
  const detector = { id: 'token-replay', version: 3, enabled: true, meta: { title: 'Token replay' } };
  const policy = { version: 'v', rules: [{ name: 'replayed-token' }] };
  api = await startApi({ store, live, console: built, rules: { detectors: [detector], policy } });
  await put(store, ALERT, [
    alert('a1', T, {
      detector: 'token-replay',
      severity: 'critical',
      confidence: 1,
      agent_id: 'owner',
      event_ids: ['2'],
    }),
    alert('a1', T, {
      detector: 'token-replay',
      severity: 'critical',
      confidence: 1,
      agent_id: 'owner',
      event_ids: ['2'],
    }),
    alert('a2', T + 90 * S, { severity: 'high', confidence: 0.5, agent_id: 'owner', summary: "Tried 'DROP" }),
    alert('a3', T + 60 * S, {
      severity: 'high',
      confidence: 1,
      maturity: 'sandbox',
      agent_id: 'x',
      detected: T + 99 * S,
    }),
    alert('a4', T + 30 * S, { severity: 'low', confidence: 1, agent_id: 'x' }),
  ]);
  const about = { alert_id: 'a1', credential: 'jwt:t', agent_id: 'owner', event_appended: T };
  await put(store, ORDER, [
    order('o1', 0, T + 1 * S, about),
    order('o1', 1, T + 2 * S, { ...about, state: 'sent', receiver: 'idp' }),
    order('o1', 2, T + 3 * S, { ...about, state: 'sent', receiver: 'idp', attempt: 2 }),
    order('o1', 3, T + 4 * S, { ...about, state: 'confirmed', receiver: 'idp', proof: 'event 5', why: 'Refused' }),
    order('o2', 0, T + 9 * S, { alert_id: 'a2', state: 'observed', mode: 'observe' }),
  ]);
  await put(store, EVENT, [
    use('1', 0, { agent_id: 'owner', source_ip: '192.0.2.1' }),
    use('2', 5 * S, { agent_id: 'thief', source_ip: '198.51.100.7' }),
    use('3', 6 * S, { agent_id: 'owner', source_ip: '192.0.2.1' }),
    use('4', 9 * S, { agent_id: 'thief', source_ip: '198.51.100.7', outcome: 'denied' }),
    event('5', T - S, { kind: 'lifecycle', lifecycle: 'credential_issued', credential: 'jwt:t', producer: 'idp' }),
    event('6', T + 20 * S, { kind: 'lifecycle', credential: 'jwt:u', credential_previous: 'jwt:t' }),
    call('7', 1 * S, { target: 'db', agent_name: 'Owner' }),
    call('8', 2 * S, { target: 'vault', outcome: 'denied' }),
    call('8', 2 * S, { target: 'vault', outcome: 'denied' }),
    call('2', 3 * S, { target: 'vault', agent_id: 'owner', producer: 'other', agent_parent: 'boss' }),
    call('9', 4 * S, { target: 'db', agent_id: 'honest' }),
  ]);
});
afterAll(async () => {
  await api.close();
  await live.close();
  await log.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

const items = async (path: string) => (await page(api, path)).items;
const ids = async (path: string) => (await items(path)).map(({ alert_id }) => alert_id);

describe('/api/queue', () => {
  it('has each alert once, the riskiest first, with what it led to', async () => {
    const rows = await items('/api/queue');
    // 0.95, 0.7 halved by confidence and by maturity alike, and 0.1; of equal risk the newer one first.
    expect(rows.map(({ alert_id, risk }) => [alert_id, risk])).toEqual([
      ['a1', 95],
      ['a2', 35],
      ['a3', 35],
      ['a4', 10],
    ]);
    expect(rows.map(({ orders }) => (orders as { state: string }[]).map(({ state }) => state))).toEqual([
      ['confirmed'],
      ['observed'],
      [],
      [],
    ]);
    expect(await ids('/api/queue?sort=time')).toEqual(['a2', 'a3', 'a4', 'a1']);
    expect(await ids('/api/queue?sort=time&offset=1&limit=2')).toEqual(['a3', 'a4']);
  });

  it('is narrowed by every filter, each value bound', async () => {
    expect(await ids('/api/queue?severity=low,critical')).toEqual(['a1', 'a4']);
    expect(await ids('/api/queue?detector=token-replay')).toEqual(['a1']);
    expect(await ids('/api/queue?agent_id=x&severity=high')).toEqual(['a3']);
    expect(await ids(`/api/queue?q=${encodeURIComponent("'drop")}`)).toEqual(['a2']);
    expect(await ids(`/api/queue?from=${iso(T + 60 * S)}&to=${iso(T + 90 * S)}`)).toEqual(['a3']);
    expect(await ids(`/api/queue?as_of=${iso(T + 98 * S)}`)).toEqual(['a1', 'a2', 'a4']);
    expect(await ids('/api/queue?response=good')).toEqual(['a1']);
    // What was only recorded is not a response.
    expect(await ids('/api/queue?response=none')).toEqual(['a2', 'a3', 'a4']);
    expect(await ids('/api/queue?response=busy')).toEqual([]);
    expect((await api.get('/api/queue?severity=huge')).status).toBe(400);
    expect((await api.get('/api/queue?state=open')).body).toMatchObject({ field: 'state' });
  });

  it('counts by value, and leaves the other values of a filtered field to choose from', async () => {
    expect((await api.get('/api/queue/facets?severity=high')).body).toEqual({
      total: 2,
      status: [{ value: 'open', n: 2 }],
      assignee: [],
      severity: [
        { value: 'high', n: 2 },
        { value: 'critical', n: 1 },
        { value: 'low', n: 1 },
      ],
      detector: [{ value: 'retry-storm', n: 2 }],
      agent_id: [
        { value: 'owner', n: 1 },
        { value: 'x', n: 1 },
      ],
    });
  });

  it('counts over time in round steps, the empty ones too', async () => {
    const { step_ms, buckets } = (await api.get('/api/queue/histogram')).body as {
      step_ms: number;
      buckets: { at: string; counts: object }[];
    };
    // 90 seconds fit 59 steps of two seconds.
    expect(step_ms).toBe(2000);
    expect(buckets).toHaveLength(46);
    expect(buckets.filter(({ counts }) => Object.keys(counts).length > 0).map(({ counts }) => counts)).toEqual([
      { critical: 1 },
      { low: 1 },
      { high: 1 },
      { high: 1 },
    ]);
    expect((await api.get('/api/queue/histogram?agent_id=nobody')).body).toEqual({ step_ms: 0, buckets: [] });
  });
});

describe('/api/orders', () => {
  it('shows each order as it is now, with when it first reached a state', async () => {
    const [second, first] = await items('/api/orders');
    expect(second).toMatchObject({ order_id: 'o2', state: 'observed', steps: {} });
    expect(first).toMatchObject({
      order_id: 'o1',
      state: 'confirmed',
      created: iso(T + 1 * S),
      proof: 'event 5',
      event_appended_ms: T,
      steps: { sent: iso(T + 2 * S), confirmed: iso(T + 4 * S) },
    });
    expect(Object.keys(first?.steps as object)).toEqual(['sent', 'confirmed']);
    expect(await items('/api/orders?credential=jwt:t')).toHaveLength(1);
  });

  it('says when there are more than are shown', async () => {
    expect((await api.get('/api/orders?limit=1')).body).toMatchObject({ items: [{ order_id: 'o2' }], truncated: true });
  });

  it('stands beside incidents, which can be read as they were', async () => {
    const [incident] = await items(`/api/incidents?to=${iso(T + S)}`);
    expect(incident).toMatchObject({ orders: [{ order_id: 'o1', alert_id: 'a1', state: 'confirmed' }] });
    expect((await items(`/api/incidents?as_of=${iso(T + 4)}`)).length).toBe(0);
  });
});

describe('one agent, one credential, and the map', () => {
  it('lists calls oldest first, each once, and says how many there are', async () => {
    const { body } = await api.get('/api/calls?agent_id=owner&session=s1&limit=2');
    expect(body).toMatchObject({ total: 3, items: [{ event_id: '8' }, { event_id: '2', producer: 'other' }] });
  });

  it('says what an agent used and when it was seen', async () => {
    const { body } = await api.get('/api/agent?agent_id=owner');
    expect(body).toMatchObject({ agent_id: 'owner', parent: 'boss', first: iso(T), last: iso(T + 6 * S) });
    expect((body.targets as { target: string }[]).map(({ target }) => target)).toEqual(['vault', 'db']);
    expect((await api.get('/api/agent?agent_id=..')).status).toBe(404);
  });

  it('says who used a credential and from where, and what came before and after it', async () => {
    const { body } = await api.get('/api/credential?credential=jwt:t');
    expect(body).toMatchObject({ ok: 3, denied: 1, before: [], after: ['jwt:u'] });
    expect(body.users).toMatchObject([
      { agent_id: 'owner', source_ip: '192.0.2.1', uses: 2, ok: 2 },
      { agent_id: 'thief', source_ip: '198.51.100.7', uses: 2, ok: 1, denied: 1 },
    ]);
    expect(body.life).toMatchObject([{ lifecycle: 'credential_issued', producer: 'idp' }]);
    expect((await api.get('/api/credential?credential=none')).status).toBe(404);
  });

  it('shows the ways of agents that alerts are about, evidence first', async () => {
    const rows = await items('/api/map');
    expect(
      rows.map(({ agent_id, agent_parent, target, evidence }) => [agent_id, agent_parent, target, evidence]),
    ).toEqual([
      ['owner', 'boss', 'vault', 1],
      ['owner', '', 'vault', 0],
      ['owner', '', 'db', 0],
    ]);
    expect(await items('/api/map?scope=all')).toHaveLength(4);
  });

  it('shows detectors with what they gave lately, and the policy', async () => {
    expect((await api.get('/api/rules')).body).toMatchObject({
      detectors: [{ id: 'token-replay', version: 3, alerts: 1, undone: 0 }],
      policy: { version: 'v', rules: [{ name: 'replayed-token' }] },
    });
  });
});

describe('the files of the console', () => {
  it('are served at its addresses, and nothing else is', async () => {
    for (const path of ['/', '/alerts', '/revocations', '/agent?agent_id=x', '/health', '/rules', '/map']) {
      const answer = await fetch(api.url + path);
      expect([answer.status, answer.headers.get('content-type')], path).toEqual([200, 'text/html; charset=utf-8']);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    const script = await fetch(`${api.url}/assets/a-1.js`);
    expect([script.headers.get('content-type'), script.headers.get('cache-control')]).toEqual([
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ]);
    for (const path of ['/api/nothing', '/assets/b.js', '/assets/../../store', '/index.html'])
      expect((await api.get(path)).body, path).toMatchObject({ error: 'not_found' });
  });

  it('are not there before they are built, which the page says', async () => {
    const other = await startApi({ store, live });
    const answer = await fetch(other.url);
    expect([answer.status, await answer.text()]).toEqual([503, 'The console is not built: npm run build\n']);
    await other.close();
  });
});
