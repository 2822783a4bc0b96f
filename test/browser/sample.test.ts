import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accessibilityFaults,
  buildConsole,
  executable,
  NO_BROWSER,
  startBrowser,
  texts,
  type Visit,
  visit,
} from './browser.ts';
import { playedSample } from './played-sample.ts';

if (executable === undefined) process.stderr.write(NO_BROWSER);

const CLEAN: string[] = [];
let folder: string;
let sample: Awaited<ReturnType<typeof playedSample>>;
let browser: Browser;
let built: Awaited<ReturnType<typeof buildConsole>>;

/** What an analyst sees of the bundled sample: real events, real detectors, real orders at a real issuer. */
describe.skipIf(executable === undefined)('the console on the sample', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tripline-console-sample-'));
    built = await buildConsole();
    [sample, browser] = await Promise.all([playedSample(folder, built.folder), startBrowser()]);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await sample?.close();
    built?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (path: string, options?: object): Promise<Visit> => visit(browser, sample.url + path, options);
  const grid = (page: Page) => page.getByRole('grid');
  const rowOf = (page: Page, agent: string) => grid(page).getByRole('row').filter({ hasText: agent }).first();

  it('opens on the riskiest incident, with what was done and its proof, and no click', async () => {
    const { page, complaints, close } = await open('/');
    await rowOf(page, 'vendor-summariser').waitFor();
    await page.getByText('Uses of the credential').waitFor();
    const risks = (await texts(page, '.grid-row .risk b')).map(Number);
    expect(risks).toEqual([...risks].sort((a, b) => b - a));
    expect(risks.length).toBeGreaterThanOrEqual(5);
    const detail = page.locator('.detail');
    expect(await detail.locator('.order .state').first().innerText()).toContain('confirmed');
    expect(await detail.locator('.proof').first().innerText()).toContain('A use after the order was refused');
    expect(await detail.locator('.order-step b').allInnerTexts()).toEqual([
      'proposed',
      'sent',
      'accepted',
      'confirmed',
    ]);
    expect(await detail.getByRole('img').first().getAttribute('aria-label')).toMatch(
      /After the revocation: [1-9]\d* refused, none served/,
    );
    expect(complaints).toEqual(CLEAN);
    await close();
  });

  it('shows the theft: two addresses, the moment of both, the revocation, and the thief refused', async () => {
    const { page, complaints, close } = await open('/');
    await rowOf(page, 'renewal-planner').click();
    const story = page.locator('figure').filter({ hasText: 'Uses of the credential' });
    await story.locator('svg .lane-place').first().waitFor();
    const places = await story.locator('svg .lane-place').allTextContents();
    expect(places.some((place) => place.startsWith('203.0.113.'))).toBe(true);
    expect(places.some((place) => place.startsWith('10.'))).toBe(true);
    expect(await story.locator('svg > rect[fill="url(#replay)"]').count()).toBeGreaterThanOrEqual(1);
    expect(await story.locator('svg .use-denied').count()).toBeGreaterThanOrEqual(1);
    expect((await story.locator('svg .step-label').allTextContents()).join(' ')).toMatch(
      /alert.*order sent.*accepted.*proven gone/,
    );
    expect(await page.locator('.detail-head h2').innerText()).toMatch(/A credential was used from 203\.0\.113\.\d+/);
    // The address names the row: whoever gets the link sees the same.
    const again = await open(new URL(page.url()).pathname + new URL(page.url()).search);
    await again.page.locator('.detail-head h2').filter({ hasText: 'A credential was used from' }).waitFor();
    expect(complaints).toEqual(CLEAN);
    await again.close();
    await close();
  });

  it('has the numbers of every picture in a table', async () => {
    const { page, close } = await open('/');
    const story = page.locator('figure').filter({ hasText: 'Uses of the credential' });
    await story.locator('svg .use').first().waitFor();
    const marks = await story.locator('svg .use').count();
    await story.getByRole('button', { name: 'Show as table' }).click();
    expect(await story.locator('tbody tr').count()).toBe(marks);
    const volume = page.locator('figure').filter({ hasText: 'Alerts over time' });
    const total = Number(/^(\d+) in all/.exec(await volume.locator('.picture-says').innerText())?.[1]);
    await volume.getByRole('button', { name: 'Show as table' }).click();
    const cells = await volume.locator('tbody td.number').allInnerTexts();
    expect(cells.map(Number).reduce((sum, n) => sum + n, 0)).toBe(total);
    await close();
  });

  it('says every time in UTC or in the zone of the browser', async () => {
    const { page, close } = await open('/', { timezoneId: 'Asia/Kathmandu' });
    const time = page.locator('.grid-row time').first();
    const iso = (await time.getAttribute('datetime'))!;
    expect(await time.innerText()).toContain(`${iso.slice(11, 19)}Z`);
    await page.keyboard.press('t');
    const there = new Date(Date.parse(iso) + 5.75 * 3_600_000).toISOString().slice(11, 19);
    await page.locator('.grid-row time', { hasText: there }).first().waitFor();
    expect(await time.innerText()).not.toContain('Z');
    await close();
  });

  it('pauses and resumes revocation with a name and a reason, and says so on every page', async () => {
    const { page, complaints, close } = await open('/revocations');
    await page.getByRole('button', { name: 'Pause revocation…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pause all revocation' });
    await dialog.getByLabel('Your name').fill('Ana <b>');
    await dialog.getByLabel('Why').fill('A drill');
    await dialog.getByRole('button', { name: 'Pause all revocation' }).click();
    await page.locator('.banner', { hasText: 'Revocation is paused by Ana <b>' }).waitFor();
    const paused = (await (await fetch(`${sample.url}/api/health`)).json()) as { respond: { paused: object } };
    expect(paused.respond.paused).toMatchObject({ who: 'Ana <b>', why: 'A drill' });
    await page.getByRole('link', { name: 'Rules' }).click();
    await page.locator('.banner', { hasText: 'A drill' }).waitFor();
    await page.getByRole('link', { name: 'Resume…' }).click();
    await page.getByRole('button', { name: 'Resume revocation…' }).click();
    // The name is remembered, the reason is asked for each time.
    const resume = page.getByRole('dialog', { name: 'Resume revocation' });
    expect(await resume.getByLabel('Your name').inputValue()).toBe('Ana <b>');
    await resume.getByLabel('Why').fill('It is over');
    await resume.getByRole('button', { name: 'Resume revocation' }).click();
    await page.locator('.banner').waitFor({ state: 'detached' });
    expect(complaints).toEqual(CLEAN);
    await close();
  });

  it('says before anybody asks that the receiver cannot take an order back', async () => {
    const { page, close } = await open('/revocations');
    const undo = page.locator('.detail').getByRole('button', { name: 'Undo…' });
    await undo.waitFor();
    expect(await undo.isDisabled()).toBe(true);
    expect(await undo.getAttribute('aria-describedby')).not.toBeNull();
    expect(await page.locator('#cannot-undo').innerText()).toContain('sandbox cannot take it back');
    await close();
  });

  it('goes from the alert to the agent, its credential, the map and back', async () => {
    const { page, complaints, close } = await open('/');
    await rowOf(page, 'seat-counter').click();
    await page.locator('.detail').getByRole('link', { name: 'seat-counter' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Agent seat-counter' }).waitFor();
    await page.locator('figure .lane-name', { hasText: 'vault_read_secret' }).waitFor();
    await page.locator('figure .evidence-ring').first().waitFor();
    await page.getByRole('link', { name: 'On the map' }).click();
    const node = page.locator('.node-agent', { hasText: 'seat-counter' });
    await node.waitFor();
    await page.locator('.edge.is-evidence').nth(4).waitFor({ state: 'attached' });
    await page.goBack();
    await page
      .getByRole('link', { name: /^tl-hmac/ })
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: 'Credential' }).waitFor();
    await page.locator('.order .proof').waitFor();
    expect(complaints).toEqual(CLEAN);
    await close();
  });

  it('breaks no rule of accessibility on any page, in the light and in the dark', async () => {
    const found: Record<string, string[]> = {};
    const { page, complaints, close } = await open('/rules');
    for (const [name, path] of await sample.pages()) {
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(sample.url + path);
      await page.locator('main h1').first().waitFor({ state: 'attached' });
      await page.locator('.waiting').first().waitFor({ state: 'detached' });
      found[name] = await accessibilityFaults(page);
    }
    await page.goto(`${sample.url}/revocations`);
    await page.getByRole('button', { name: 'Pause revocation…' }).click();
    found.dialog = await accessibilityFaults(page);
    expect(Object.entries(found).filter(([, faults]) => faults.length > 0)).toEqual([]);
    expect(complaints).toEqual(CLEAN);
    await close();
  });
});
