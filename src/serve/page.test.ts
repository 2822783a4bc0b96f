import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALERT, type Alert } from '../alert/alert.ts';
import { followLive, type Live } from '../live/live.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log } from '../log/log.ts';
import { ORDER, type Order } from '../order/order.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { type Api, alert, frameOf, order, put, startApi, T } from './testing/api.ts';
import { type Browser, findBrowser, startBrowser } from './testing/browser.ts';

const executable = findBrowser();
if (executable === undefined) process.stderr.write('The page is not tested: there is no Chromium on this machine\n');

const dir = mkdtempSync(join(tmpdir(), 'tripline-page-'));
let log: Log;
let store: Store;
let live: Live;
let api: Api;
let browser: Browser;

describe.skipIf(executable === undefined)('the page in a browser', () => {
  beforeAll(async () => {
    log = await openLmdbLog({ dir: join(dir, 'log') });
    store = await openChdbStore({ dir: join(dir, 'store') });
    await migrate(store);
  });
  beforeEach(async () => {
    for (const { name } of [ALERT, ORDER]) await store.command(`TRUNCATE TABLE ${name}`);
    live = await followLive(log, 'live');
    api = await startApi({ store, live });
    browser = await startBrowser(executable!);
  });
  afterEach(async () => {
    await browser.close();
    await api.close();
    await live.close();
  });
  afterAll(async () => {
    await log.close();
    await store.close();
    rmSync(dir, { recursive: true });
  });

  const addAlert = (row: Alert) =>
    log.write({ append: [{ topic: 'alerts', partition: 0, frame: frameOf(ALERT, [row]) }] });
  const addOrder = (row: Order) =>
    log.write({ append: [{ topic: 'revocations', partition: 0, frame: frameOf(ORDER, [row]) }] });
  const texts = (selector: string) =>
    browser.read<string[]>(
      `[...document.querySelectorAll(${JSON.stringify(selector)})].map((found) => found.textContent)`,
    );
  const text = async (selector: string) => (await texts(selector)).join('|');
  const until = (selector: string, expected: string[]) =>
    vi.waitFor(async () => expect(await texts(selector)).toEqual(expected), { timeout: 30_000 });
  const seen = (selector: string) =>
    browser.read<boolean>(`document.querySelector(${JSON.stringify(selector)}).checkVisibility()`);

  it('says that there is nothing, and then that it is live', async () => {
    await browser.open(api.url);
    await until('#state', ['live']);
    expect(await text('#summary')).toBe('0 alerts.');
    expect([await seen('#alerts + .empty'), await seen('#revocations + .empty')]).toEqual([true, true]);
    await addAlert(alert('a', T));
    await until('#summary', ['1 alert.']);
    expect([await seen('#alerts + .empty'), await seen('#revocations + .empty')]).toEqual([false, true]);
    expect(browser.complaints).toEqual([]);
  });

  it('lists what is in the store, newest first, with credential and latency', async () => {
    await put(store, ALERT, [
      alert('old', T, {
        summary: 'An old thing',
        agent_id: 'a1',
        credential: 'sha256:abc',
        appended: T + 1,
        detected: T + 43,
      }),
      alert('new', T + 1000, { summary: 'A new thing', severity: 'critical', detector: 'token-replay' }),
    ]);
    const about = { credential: 'sha256:abc', target: 'sha256:abc', agent_id: 'a1', event_appended: T };
    await put(store, ORDER, [
      order('o1', 0, T + 100, about),
      order('o1', 1, T + 2500, { ...about, state: 'confirmed', receiver: 'idp', why: 'The token was refused' }),
      order('o2', 0, T + 200, { state: 'held', target: 'x' }),
    ]);
    await browser.open(api.url);
    await until('#alerts .what', ['A new thing', 'An old thing']);
    await until('#revocations .badge', ['held', 'confirmed']);
    expect(await texts('#alerts .badge')).toEqual(['critical', 'high']);
    expect(await texts('#alerts .when b')).toEqual(['', 'in 42 ms']);
    expect(await texts('#alerts code')).toEqual(['sha256:abc']);
    expect(await texts('#revocations .what')).toEqual([
      'revoke credential',
      'revoke credential of a1: The token was refused',
    ]);
    expect(await texts('#revocations .when b')).toEqual(['', 'in 2.5 s']);
    expect(await texts('#revocations code')).toEqual(['x', 'sha256:abc']);
    expect(await text('#summary')).toBe('1 revoked and proven gone, 1 waiting for a person, 2 alerts.');
    expect(browser.complaints).toEqual([]);
  });

  it('shows what happens while it is open, each thing once, and an order as it goes on', async () => {
    await put(store, ALERT, [alert('a1', T, { summary: 'first' })]);
    await browser.open(api.url);
    await until('#alerts .what', ['first']);
    await addAlert(alert('a2', T + 1000, { summary: 'second' }));
    await until('#alerts .what', ['second', 'first']);
    await addAlert(alert('a0', T - 1000, { summary: 'late' }));
    await addAlert(alert('a2', T + 1000, { summary: 'second' }));
    await addOrder(order('o1', 0, T));
    await until('#revocations .badge', ['proposed']);
    expect(await texts('#alerts .what')).toEqual(['second', 'first', 'late']);
    await addOrder(order('o2', 0, T + 50));
    await addOrder(order('o1', 2, T + 100, { state: 'accepted' }));
    await until('#revocations .badge', ['proposed', 'accepted']);
    await addOrder(order('o1', 1, T + 90, { state: 'sent' }));
    await addOrder(order('o1', 3, T + 110, { state: 'confirmed' }));
    await until('#revocations .badge', ['proposed', 'confirmed']);
    expect(browser.complaints).toEqual([]);
  });

  it('shows what the store does not have yet', async () => {
    await addAlert(alert('a', T, { summary: 'only in the log' }));
    await live.drained();
    await browser.open(api.url);
    await until('#alerts .what', ['only in the log']);
  });

  it('keeps hostile text text', async () => {
    const hostile = [
      '<img src=x onerror="alert(1)">',
      '</script><script>alert(1)</script>',
      '"><svg/onload=alert(1)>',
      "javascript:alert('x')",
      '../../../healthz?x=1#y',
      '\u202egnp.exe\u0000\u001b[31m',
    ];
    const row = (value: string) => ({ agent_id: value, credential: value, detector: value, severity: value });
    for (const [i, value] of hostile.entries())
      await put(store, ALERT, [alert(`stored ${value}`, T - i, { ...row(value), summary: value })]);
    await browser.open(api.url);
    await until('#alerts .what', hostile);
    for (const [i, value] of hostile.entries()) {
      await addAlert(alert(`live ${value}`, T + 1000 - i, { ...row(value), summary: value }));
      await addOrder(
        order(`live ${value}`, 0, T - i, {
          ...row(value),
          state: value,
          why: value,
          receiver: value,
          target_kind: value,
          target: value,
          action: value,
        }),
      );
    }
    await until('#alerts .what', [...hostile, ...hostile]);
    await until(
      '#revocations .what',
      hostile.map((value) => `${value} ${value} of ${value}: ${value}`),
    );
    const counts = 'img, svg, iframe, main script, [onerror], [onload], main link, main style';
    expect(await browser.read(`document.querySelectorAll('${counts}').length`)).toBe(0);
    expect(await browser.read('document.scripts.length')).toBe(1);
    expect(
      await browser.read("[...document.querySelectorAll('.badge')].every((badge) => badge.className === 'badge')"),
    ).toBe(true);
    const places = await browser.read<string[]>(
      "[...document.querySelectorAll('main a')].map((link) => link.pathname)",
    );
    expect(places).toHaveLength(12 * 2 + 6);
    for (const place of places) expect(place).toMatch(/^\/api\/(alerts|revocations|agents)\/[^/]+(\/timeline)?$/);
    expect(browser.complaints).toEqual([]);
  });

  it('says when it is cut off, and goes on by itself', async () => {
    await browser.open(api.url);
    await until('#state', ['live']);
    const port = Number(new URL(api.url).port);
    await api.close();
    await until('#state', ['reconnecting']);
    await addAlert(alert('a', T, { summary: 'meanwhile' }));
    await live.drained();
    api = await startApi({ store, live, config: { port } });
    await until('#state', ['live']);
    await until('#alerts .what', ['meanwhile']);
  });

  it('says that a part is in trouble, and that the store does not answer', async () => {
    api.health.now = { status: 'degraded' };
    await browser.open(api.url);
    await until('#state', ['live, degraded']);
    await store.command('RENAME TABLE alerts TO elsewhere');
    try {
      await browser.open(api.url);
      await until('#state', ['live, degraded, but what was before cannot be read now']);
    } finally {
      await store.command('RENAME TABLE elsewhere TO alerts');
    }
    api.health.now = { status: 'ok' };
    await until('#state', ['live']);
  });
});
