import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALERT } from '../../alert/alert.ts';
import { followLive, type Live } from '../../live/live.ts';
import type { Log } from '../../log/log.ts';
import { openMemoryLog } from '../../log/memory-log.ts';
import { migrate, openChdbStore, type Store } from '../../store/index.ts';
import { type Api, alert, iso, page, put, startApi, T } from '../testing/api.ts';
import { startTriage } from '../testing/triage.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-triage-api-'));
let store: Store;
let log: Log;
let live: Live;
let triage: Awaited<ReturnType<typeof startTriage>>;
let api: Api;
let now = Date.now();

beforeAll(async () => {
  store = await openChdbStore({ dir });
  await migrate(store);
});
beforeEach(async () => {
  for (const table of ['alerts', 'audit']) await store.command(`TRUNCATE TABLE ${table}`);
  now = Date.now();
  log = openMemoryLog();
  live = await followLive(log, 'live');
  triage = await startTriage({ log, live, store, clock: () => now });
  api = await startApi({ store, live, triage });
  await put(store, ALERT, [
    alert('a', T, { agent_id: 'x', severity: 'critical', confidence: 1 }),
    alert('b', T + 1, { agent_id: 'x' }),
    alert('c', T + 2, { agent_id: 'y', severity: 'low' }),
  ]);
});
afterEach(async () => {
  await api.close();
  await triage.close();
  await live.close();
  await log.close();
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

async function post(path: string, body: object) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(api.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const act = (body: object) => post('/api/triage', { who: 'ana', ...body });
const one = (alert_id: string, version?: number) => [{ alert_id, ...(version !== undefined && { version }) }];
const ids = async (query: string) => (await page(api, `/api/queue?${query}`)).items.map(({ alert_id }) => alert_id);

describe('/api/triage', () => {
  it('shows an act to whoever reads right after it, without waiting for the store', async () => {
    expect((await act({ act: 'ack', alerts: one('b', 0) })).body).toMatchObject({ succeeded: 1, versions: { b: 1 } });
    await act({ act: 'assign', assignee: 'ana', alerts: one('a') });
    expect(await ids('status=open&sort=time')).toEqual(['c', 'a']);
    expect(await ids('status=acked')).toEqual(['b']);
    expect(await ids('assignee=ana')).toEqual(['a']);
    const { items } = await page(api, '/api/queue?sort=time');
    expect(items.map(({ status, version, assignee, last_who }) => [status, version, assignee, last_who])).toEqual([
      ['open', 0, '', ''],
      ['acked', 1, '', 'ana'],
      ['open', 1, 'ana', 'ana'],
    ]);
    const { body } = await api.get('/api/queue/facets?status=open');
    expect(body).toMatchObject({
      total: 2,
      status: [
        { value: 'open', n: 2 },
        { value: 'acked', n: 1 },
      ],
    });
    // The store itself has nothing yet.
    expect(await store.query('SELECT * FROM audit')).toEqual([]);
  });

  it('says of an alert where it is and what was done, each with a name', async () => {
    await act({ act: 'note', alerts: one('a'), why: 'asked the platform team' });
    await act({ act: 'close', alerts: one('a', 1), disposition: 'true_positive', why: 'stolen\u202E', who: ' bo ' });
    const { body } = await api.get('/api/alerts/a');
    expect(body.triage).toMatchObject({ status: 'closed', version: 2, disposition: 'true_positive', last_who: 'bo' });
    expect(body.acts).toMatchObject([
      { act: 'note', who: 'ana', version: 1, state: 'open', why: 'asked the platform team' },
      { act: 'close', who: 'bo', version: 2, state: 'closed', why: 'stolen' },
    ]);
  });

  it('answers a conflict with who did what, and overwrites nothing', async () => {
    await act({ act: 'close', alerts: one('a', 0), disposition: 'benign', why: 'a drill', who: 'bo' });
    const { status, body } = await act({
      act: 'close',
      alerts: one('a', 0),
      disposition: 'true_positive',
      why: 'stolen',
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      error: 'changed',
      last: { version: 1, state: 'closed', last_act: 'close', last_who: 'bo', last_time: iso(now) },
    });
    expect((await api.get('/api/alerts/a')).body.triage).toMatchObject({ disposition: 'benign', version: 1 });
  });

  it('refuses what lacks a reason, a name, alerts, or is about no alert', async () => {
    const close = { act: 'close', alerts: one('a'), disposition: 'false_positive' };
    expect((await act(close)).status).toBe(422);
    expect((await act({ ...close, why: ' \u200b ' })).status).toBe(422);
    expect((await post('/api/triage', { act: 'ack', alerts: one('a') })).body).toMatchObject({ field: 'who' });
    expect((await act({ act: 'ack' })).status).toBe(400);
    expect((await act({ act: 'ack', alerts: one('nothing') })).status).toBe(404);
    expect(await ids('status=open')).toHaveLength(3);
  });

  it('does one thing to all that a filter finds, and counts what it did', async () => {
    const filter = { agent_id: 'x', status: 'open' };
    const { body } = await act({ act: 'close', filter, as_of: iso(now), disposition: 'benign', why: 'the scanner' });
    expect(body).toMatchObject({ matched: 2, succeeded: 2, failed: 0 });
    expect(await ids('status=closed')).toEqual(['a', 'b']);
    const undone = await post('/api/triage/undo', { bulk_id: body.bulk_id, who: 'ana' });
    expect(undone.body).toMatchObject({ matched: 2, succeeded: 2 });
    expect(await ids('status=open&sort=time')).toEqual(['c', 'b', 'a']);
  });

  it('leaves alerts alone that came after the moment', async () => {
    await put(store, ALERT, [alert('late', T + 3, { detected: now + 60_000 })]);
    const { body } = await act({ act: 'ack', filter: {}, as_of: iso(now) });
    expect(body).toMatchObject({ matched: 3, succeeded: 3 });
    expect(await ids('status=open')).toEqual(['late']);
  });

  it('shows of an incident how many of its alerts are where', async () => {
    await act({ act: 'ack', alerts: one('a') });
    const { items } = await page(api, '/api/incidents?status=acked');
    expect(items).toMatchObject([{ alerts: 2, statuses: { open: 1, acked: 1 } }]);
    expect((await page(api, '/api/incidents?status=closed')).items).toEqual([]);
  });
});
