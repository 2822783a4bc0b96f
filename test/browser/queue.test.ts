import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALERT, type Alert } from '../../src/alert/alert.ts';
import { EVENT } from '../../src/event/event.ts';
import { GAP } from '../../src/event/reject.ts';
import { followLive, type Live } from '../../src/live/live.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { ORDER, type Order } from '../../src/order/order.ts';
import type { Control } from '../../src/serve/control.ts';
import { type Api, alert, event, frameOf, order, put, startApi } from '../../src/serve/testing/api.ts';
import { migrate, openChdbStore, type Store } from '../../src/store/index.ts';
import { accessibilityFaults, buildConsole, executable, startBrowser, texts, visit } from './browser.ts';

let dir: string;
const log = openMemoryLog();
const T = Date.now() - 600_000;
let store: Store;
let live: Live;
let api: Api;
let browser: Browser;
let built: Awaited<ReturnType<typeof buildConsole>>;
let asked: [string, ...unknown[]][] = [];

const control: Partial<Control> = {
  approve: async (...said) => void asked.push(['approve', ...said]),
  undo: async (...said) => void asked.push(['undo', ...said]),
};
const HEALTHY = {
  status: 'ok',
  dead: [],
  detect: { status: 'ok', failing: [], lag_records: 0 },
  respond: { lag_records: 0, policy_version: 'v', orders: {}, receivers: {} },
  archive: { status: 'ok', lag_records: 0 },
  limits: {},
} as const;

/** What an analyst sees of things that the sample does not have: many, hostile, late, missing. */
describe.skipIf(executable === undefined)('the queue in a browser', () => {
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tripline-console-queue-'));
    [built, browser, store] = await Promise.all([
      buildConsole(),
      startBrowser(),
      openChdbStore({ dir: join(dir, 'store') }),
    ]);
    await migrate(store);
    live = await followLive(log, 'live');
  });
  beforeEach(async () => {
    asked = [];
    for (const { name } of [ALERT, ORDER, EVENT]) await store.command(`TRUNCATE TABLE ${name}`);
    api = await startApi({ store, live, control, console: built.folder });
    api.health.now = HEALTHY;
  });
  afterEach(() => api.close());
  afterAll(async () => {
    await browser?.close();
    await live?.close();
    await log.close();
    await store?.close();
    built?.remove();
    rmSync(dir, { recursive: true });
  });

  const addAlerts = (rows: Alert[]) =>
    log.write({ append: [{ topic: 'alerts', partition: 0, frame: frameOf(ALERT, rows) }] });
  const addOrder = (row: Order) =>
    log.write({ append: [{ topic: 'revocations', partition: 0, frame: frameOf(ORDER, [row]) }] });
  const status = (page: Page) => page.locator('.list-head [role=status]');
  const many = (n: number) =>
    Array.from({ length: n }, (_, i) =>
      alert(`a${String(i).padStart(5, '0')}`, T + i, {
        severity: i % 10 === 0 ? 'critical' : 'low',
        confidence: 1,
        summary: `Finding ${i}`,
        agent_id: `agent-${i % 7}`,
      }),
    );

  it('holds thousands of rows and draws those in sight; the cursor stays in sight', async () => {
    await put(store, ALERT, many(5000));
    const { page, complaints, close } = await visit(browser, `${api.url}/?group=none&sort=time`);
    await status(page).getByText('5000 alerts').waitFor();
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('5000');
    await page.getByText('Finding 4999', { exact: true }).first().waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(40);
    for (let i = 0; i < 30; i++) await page.keyboard.press('j');
    const selected = page.locator('.grid-row[aria-selected=true]');
    await selected.getByText('Finding 4969').waitFor();
    const [row, grid] = await Promise.all([selected.boundingBox(), page.getByRole('grid').boundingBox()]);
    expect(row!.y).toBeGreaterThanOrEqual(grid!.y);
    expect(row!.y + row!.height).toBeLessThanOrEqual(grid!.y + grid!.height + 1);
    await page.keyboard.press('k');
    await selected.getByText('Finding 4970').waitFor();
    await page.evaluate("document.querySelector('.grid').scrollTop = 1e9");
    await page.getByText('Finding 0', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('is worked with the keyboard alone', async () => {
    await put(store, ALERT, [
      alert('a', T, { summary: 'One', agent_id: 'x', severity: 'critical' }),
      alert('b', T, { summary: 'Two', agent_id: 'y' }),
    ]);
    const { page, close } = await visit(browser, api.url);
    await page.locator('.grid-row').nth(1).waitFor();
    await page.keyboard.press('j');
    await page.locator('.detail-head h2', { hasText: 'Two' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.detail-head h2:focus', { hasText: 'Two' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.detail').waitFor({ state: 'detached' });
    expect(await page.evaluate("document.activeElement.getAttribute('role')")).toBe('grid');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.locator('.detail-head h2', { hasText: 'One' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('two jjj');
    await status(page).getByText('0 incidents').waitFor();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('two');
    await status(page).getByText('1 incident of 1 alert').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { level: 1, name: 'Revocations' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.goBack();
    await status(page).getByText('1 incident of 1 alert').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('two');
    await close();
  });

  it('never moves while it is read: what is new waits, counted to the last one', async () => {
    await put(store, ALERT, many(300));
    const { page, close } = await visit(browser, `${api.url}/?group=none&sort=time`);
    await status(page).getByText('300 alerts').waitFor();
    await page.getByRole('button', { name: /Live/ }).waitFor();
    await page.evaluate("document.querySelector('.grid').scrollTop = 3000");
    await page.locator('.grid-row[aria-rowindex="42"]').click();
    const before = await page.evaluate(
      "[document.querySelector('.grid').scrollTop, new URLSearchParams(location.search).get('sel')]",
    );
    const now = Date.now() + 1;
    const fresh = Array.from({ length: 500 }, (_, i) =>
      alert(`new${i}`, now, { detected: now, severity: 'critical', summary: `Fresh ${i}` }),
    );
    for (let i = 0; i < 500; i += 100) await addAlerts(fresh.slice(i, i + 100));
    await put(store, ALERT, fresh);
    await page.getByRole('button', { name: '500 new – show' }).waitFor();
    expect(
      await page.evaluate(
        "[document.querySelector('.grid').scrollTop, new URLSearchParams(location.search).get('sel')]",
      ),
    ).toEqual(before);
    await status(page).getByText('300 alerts').waitFor();
    await page.getByRole('button', { name: '500 new – show' }).click();
    await status(page).getByText('800 alerts').waitFor();
    await page.locator('.pill').waitFor({ state: 'detached' });
    await close();
  });

  it('tells of nothing while it is paused, and catches up', async () => {
    await put(store, ALERT, [alert('a', T, { summary: 'Old' })]);
    const { page, close } = await visit(browser, api.url);
    await page.getByRole('button', { name: /Live/ }).waitFor();
    await page.locator('.grid-row').first().waitFor();
    await page.keyboard.press('.');
    await page.getByRole('button', { name: 'Paused' }).waitFor();
    const now = Date.now() + 1;
    await addAlerts([alert('b', now, { detected: now })]);
    await live.drained();
    // What is sent after it has been drawn elsewhere, so it would have been drawn here.
    const other = await visit(browser, `${api.url}/?q=Old`);
    await other.page.locator('.grid-row').first().waitFor();
    await addAlerts([alert('c', Date.now() + 1, { detected: Date.now() + 1 })]);
    await other.page.getByRole('button', { name: /1 new – show/ }).waitFor();
    expect(await page.locator('.pill').count()).toBe(0);
    await page.keyboard.press('.');
    await page.getByRole('button', { name: '2 new – show' }).waitFor();
    await other.close();
    await close();
  });

  it('shows how far an order is in the row that is on screen, without moving it', async () => {
    await put(store, ALERT, [
      alert('a', T, { summary: 'First', severity: 'critical', confidence: 1 }),
      alert('b', T, { summary: 'Second', agent_id: 'z' }),
    ]);
    const { page, close } = await visit(browser, api.url);
    await page.getByRole('button', { name: /Live/ }).waitFor();
    const row = page.locator('.grid-row', { hasText: 'Second' });
    await row.getByText('no order').waitFor();
    for (const [seq, state] of ['proposed', 'sent', 'accepted', 'confirmed'].entries()) {
      await addOrder(order('o', seq, Date.now() + seq, { alert_id: 'b', state }));
      await row.locator('.state', { hasText: state }).waitFor();
    }
    expect(await texts(page, '.grid-row .row-title')).toEqual(['First', 'Second']);
    await close();
  });

  it('fills an empty list by itself, since nothing in it can move', async () => {
    const { page, close } = await visit(browser, api.url);
    await page.getByText('No events yet').waitFor();
    await page.getByRole('button', { name: /Live/ }).waitFor();
    const now = Date.now() + 1;
    const first = alert('a', now, { detected: now, summary: 'The first one' });
    await put(store, ALERT, [first]);
    await addAlerts([first]);
    await page.locator('.grid-row', { hasText: 'The first one' }).waitFor();
    await close();
  });

  it('never lets quiet, blind, filtered away and no data look alike', async () => {
    await put(store, EVENT, [event('e', Date.now() - 1000)]);
    const { page, close } = await visit(browser, api.url);
    await page.locator('.is-quiet', { hasText: 'Quiet: no alerts' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    api.health.now = {
      ...HEALTHY,
      status: 'degraded',
      detect: { ...HEALTHY.detect, failing: [{ detector: 'token-replay' }] },
    };
    await page.locator('.is-blind', { hasText: 'token-replay fails' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.locator('.is-quiet').count()).toBe(0);
    api.health.now = HEALTHY;
    await store.command('TRUNCATE TABLE events');
    await put(store, EVENT, [event('e', Date.now() - 11 * 60_000)]);
    await page.locator('.is-blind', { hasText: 'No events for 11 min' }).waitFor();
    await put(store, ALERT, [alert('a', T)]);
    await page.goto(`${api.url}/?agent_id=nobody`);
    await page.getByText('0 of 1 alerts fit the filter').waitFor();
    await page.getByRole('button', { name: /Clear the filter/ }).click();
    await page.locator('.grid-row').waitFor();
    await close();
  });

  it('shows when detectors were blind as bands, and how much they did not see', async () => {
    await store.command('TRUNCATE TABLE coverage_gaps');
    const gap = {
      recorded: T,
      tenant: 'default',
      producer: 'gateway',
      reason: 'late',
      time_from: T - 60_000,
      time_to: T,
    };
    await put(store, GAP, [
      { ...gap, detector: 'token-replay', events: 7 },
      { ...gap, detector: '*', time_from: T - 5000, events: 5 },
    ]);
    const { page, close } = await visit(browser, `${api.url}/health`);
    const picture = page.locator('figure', { hasText: 'Coverage gaps' });
    await picture.getByText('2 gaps, 12 events not judged.').waitFor();
    await picture.locator('.gap-band').nth(1).waitFor();
    expect(await picture.locator('.gap-band').count()).toBe(2);
    const widths = await Promise.all(
      [0, 1].map(async (i) => (await picture.locator('.gap-band').nth(i).boundingBox())!.width),
    );
    expect(Math.max(...widths) / Math.min(...widths)).toBeGreaterThan(8);
    await picture.getByRole('button', { name: 'Show as table' }).click();
    expect((await picture.locator('tbody td.number').allInnerTexts()).map(Number).sort()).toEqual([5, 7]);
    expect(await page.getByText('None recorded').count()).toBe(0);
    await store.command('TRUNCATE TABLE coverage_gaps');
    await close();
  });

  it('keeps in the address what it shows, and says what it does not understand', async () => {
    await put(store, ALERT, many(20));
    const { page, close } = await visit(browser, `${api.url}/?group=none&colour=red`);
    await page.getByLabel('Response').selectOption('good');
    await status(page).getByText('0 alerts').waitFor();
    await page.getByLabel('Response').selectOption('none');
    await status(page).getByText('20 alerts').waitFor();
    await page.getByLabel('Response').selectOption('');
    await page.getByRole('button', { name: /critical 2/ }).click();
    await status(page).getByText('2 alerts').waitFor();
    expect(new URL(page.url()).search).toBe('?severity=critical&group=none&colour=red');
    await page.getByRole('button', { name: 'not understood: colour=red' }).click();
    expect(new URL(page.url()).search).toBe('?severity=critical&group=none');
    // The other severities stay to choose from.
    await page.getByRole('button', { name: /low 18/ }).waitFor();
    await page.getByRole('button', { name: /medium 0/ }).waitFor();
    await page.goBack();
    await page.goBack();
    await status(page).getByText('20 alerts').waitFor();
    await close();
  });

  it('opens what a link names, wherever it is in the list, and a range that is typed', async () => {
    await put(store, ALERT, many(3000));
    const { page, close } = await visit(browser, `${api.url}/?group=none&sort=time&sel=a00003`);
    await page.locator('.detail-head h2', { hasText: 'Finding 3' }).waitFor();
    await page.locator('.grid-row .row-title').first().waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.detail').waitFor({ state: 'detached' });
    // Opened by key, its title has the focus when it is drawn.
    await page.keyboard.press('Enter');
    await page.locator('.detail-head h2:focus', { hasText: 'Finding' }).waitFor();
    await page.getByLabel('Time', { exact: true }).selectOption('chosen');
    const second = (at: number) => new Date(at).toISOString().slice(0, 19);
    const from = Math.ceil(T / 1000) * 1000;
    await page.getByLabel('From (UTC)').fill(second(from));
    await page.getByLabel('To (UTC)').fill(second(from + 1000));
    await status(page).getByText('1000 alerts').waitFor();
    await close();
  });

  it('keeps hostile text text, on every page', async () => {
    const hostile = [
      '<img src=x onerror="alert(1)">',
      '"><svg/onload=alert(1)>',
      "javascript:alert('x')",
      '../..',
      '{{7*7}}',
      'a\u202egnp.exe\u200b\u0000\u001b[31m',
    ];
    const about = (value: string) => ({ agent_id: value, agent_parent: value, credential: value, session: value });
    for (const [i, value] of hostile.entries()) {
      await put(store, ALERT, [
        alert(`alert ${value}`, T - i, {
          ...about(value),
          detector: value,
          severity: i === 0 ? value : 'high',
          summary: value,
          subject: value,
          reason: value,
          evidence: { [value]: value },
          event_ids: [value],
        }),
      ]);
      await put(store, EVENT, [
        event(value, T - i, {
          ...about(value),
          agent_name: value,
          tool_name: value,
          tool_server: value,
          target: value,
          source_ip: value,
          user_agent: value,
          outcome: 'ok',
        }),
      ]);
      await put(store, ORDER, [
        order(`order ${value}`, 0, T - i, {
          alert_id: `alert ${value}`,
          ...about(value),
          target: value,
          state: i === 0 ? value : 'held',
          why: value,
          who: value,
          rule: value,
          receiver: value,
          action: value,
        }),
      ]);
    }
    const { page, complaints, close } = await visit(browser, `${api.url}/?group=none`);
    await page.locator('.grid-row').nth(5).waitFor();
    const query = (name: string, value: string) => `?${new URLSearchParams({ [name]: value })}`;
    const paths = hostile.flatMap((value) => [
      `/alert${query('id', `alert ${value}`)}`,
      `/agent${query('agent_id', value)}`,
      `/credential${query('credential', value)}`,
    ]);
    for (const path of [
      '/?group=none',
      '/revocations',
      '/map',
      '/health',
      `/revocation${query('id', `order ${hostile[0]}`)}`,
      ...paths,
    ]) {
      await page.goto(api.url + path);
      await page.locator('main h1').first().waitFor({ state: 'attached' });
      await page.locator('.waiting').first().waitFor({ state: 'detached' });
      const foreign =
        "document.querySelectorAll('main img, iframe, main script, main style, [onerror], [onload], a[href^=javascript], object, embed').length";
      expect(await page.evaluate(foreign), path).toBe(0);
      expect(
        await page.evaluate(
          "/[\\u202a-\\u202e\\u200b\\u0000-\\u0009\\u001b]/.test(document.body.innerText.replaceAll('\\t', ''))",
        ),
        path,
      ).toBe(false);
      const away = (await page.evaluate(
        '[...document.links].map((link) => link.origin).filter((origin) => origin !== location.origin)',
      )) as string[];
      expect(away, path).toEqual([]);
    }
    await page.goto(`${api.url}/agent${query('agent_id', hostile.at(-1)!)}`);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(
      'Agent a\\u{202E}gnp.exe\\u{200B}\\u{0000}\\u{001B}[31m',
    );
    expect(complaints).toEqual([]);
    await close();
  });

  it('approves a held order once, however often it is clicked, with a name and a reason', async () => {
    await put(store, ALERT, [alert('a', T, { summary: 'A find' })]);
    await put(store, ORDER, [
      order('o/1', 0, T, { alert_id: 'a', agent_id: 'x' }),
      order('o/1', 1, T + 1, { alert_id: 'a', agent_id: 'x', state: 'held' }),
    ]);
    const { page, complaints, close } = await visit(browser, `${api.url}/revocations?group=wait`);
    await page.locator('.grid-row', { hasText: 'held' }).waitFor();
    await page.getByRole('button', { name: 'Approve…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Approve the order' });
    await dialog.getByRole('button', { name: 'Approve the order' }).click();
    expect(asked).toEqual([]);
    await dialog.getByLabel('Your name').fill('ana');
    await dialog.getByLabel('Why').fill('It is real');
    await dialog.getByRole('button', { name: 'Approve the order' }).dblclick();
    await dialog.waitFor({ state: 'hidden' });
    expect(asked).toEqual([['approve', 'o/1', { who: 'ana', why: 'It is real' }]]);
    expect(await page.getByRole('button', { name: 'Undo…' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  it('takes back what a receiver can take back, and keeps whether it was a false alarm', async () => {
    await put(store, ORDER, [
      order('o', 0, T),
      order('o', 1, T + 1, { state: 'sent' }),
      order('o', 2, T + 2, { state: 'accepted', can_undo: 1, receiver: 'idp' }),
    ]);
    const { page, close } = await visit(browser, `${api.url}/revocations`);
    await page.getByRole('button', { name: 'Undo…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Take the order back' });
    await dialog.getByLabel('Your name').fill('bo');
    await dialog.getByLabel('Why').fill('It was me');
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Take the order back' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(asked).toEqual([['undo', 'o', { who: 'bo', why: 'It was me', false_alarm: true }]]);
    await close();
  });

  it('says what failed where it failed, lives on, and recovers', async () => {
    await put(store, ALERT, [alert('a', T, { summary: 'Still here' })]);
    const { page, close } = await visit(browser, `${api.url}/health`);
    await page.route('**/api/queue/histogram*', (route) =>
      route.fulfill({ status: 500, json: { error: 'internal', message: 'The request failed' } }),
    );
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByRole('alert').filter({ hasText: 'The request failed' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.locator('.grid-row', { hasText: 'Still here' }).waitFor();
    await page.unroute('**/api/queue/histogram*');
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.locator('svg.histogram').waitFor();
    await close();
  });

  it('holds one stream for all tabs of a browser', async () => {
    const context = await browser.newContext();
    const pages = await Promise.all(Array.from({ length: 4 }, () => context.newPage()));
    for (const page of pages) await page.goto(`${api.url}/rules`);
    for (const page of pages) await page.getByRole('button', { name: /Live/ }).waitFor();
    const open = async () => (await api.metrics.streams.get()).values[0]?.value;
    expect(await open()).toBe(1);
    await pages[0]!.close();
    await expect.poll(open).toBe(1);
    const now = Date.now() + 1;
    await pages[1]!.goto(api.url);
    await pages[1]!.getByRole('button', { name: /Live/ }).waitFor();
    await put(store, ALERT, [alert('a', now, { detected: now, summary: 'Told to all' })]);
    await addAlerts([alert('a', now, { detected: now, summary: 'Told to all' })]);
    await pages[1]!.locator('.grid-row', { hasText: 'Told to all' }).waitFor();
    await context.close();
  });

  it('says that it is stale when the server is gone, and misses nothing when it comes back', async () => {
    await put(store, ALERT, [alert('a', T, { summary: 'Old' })]);
    const { page, close } = await visit(browser, api.url);
    await page.getByRole('button', { name: /Live/ }).waitFor();
    await page.locator('.grid-row').first().waitFor();
    // One that it has seen: from there the stream goes on.
    const first = alert('b', Date.now() + 1, { detected: Date.now() + 1 });
    await addAlerts([first]);
    await page.getByRole('button', { name: '1 new – show' }).waitFor();
    const port = Number(new URL(api.url).port);
    await api.close();
    await page.getByRole('button', { name: /Reconnecting, stale for/ }).waitFor();
    await page.getByRole('link', { name: /health not reachable/ }).waitFor();
    await addAlerts([alert('c', Date.now() + 1, { detected: Date.now() + 1 })]);
    await live.drained();
    api = await startApi({ store, live, control, console: built.folder, config: { port } });
    api.health.now = HEALTHY;
    await page.getByRole('button', { name: '2 new – show' }).waitFor();
    await page.getByRole('button', { name: /Live/ }).waitFor();
    await close();
  });
});
