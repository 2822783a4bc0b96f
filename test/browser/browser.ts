import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build } from 'vite';

export const ROOT = resolve(import.meta.dirname, '../..');

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium of this machine, where there is one. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

export const executable = findChromium();
export const NO_BROWSER = 'The console is not tried in a browser: there is no Chromium on this machine\n';

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: executable!, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

/** The console as it is in the sources now, built into a folder of its own. */
export async function buildConsole(): Promise<{ folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'tripline-console-built-'));
  const { NODE_ENV } = process.env;
  // React for development otherwise, which is twice as large.
  process.env.NODE_ENV = 'production';
  await build({
    root: join(ROOT, 'console'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  process.env.NODE_ENV = NODE_ENV;
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Visit {
  page: Page;
  /** What the page complained about, dialogs that scripts opened, and requests that left the origin. */
  complaints: string[];
  close(): Promise<void>;
}

/** A window of its own, as another analyst would have one. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isComplaint = message.type() === 'error' || message.type() === 'warning';
    // Answers are told of below, with what they said.
    if (isComplaint && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  page.on('response', async (answer) => {
    if (answer.status() < 500) return;
    complaints.push(`${answer.status()} ${answer.url()}: ${await answer.text().catch(String)}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()} ${error.stack}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const { origin } = new URL(url);
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`left the origin: ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Rules of WCAG 2.2 AA that the page breaks, with where; colours in both themes. The content policy lets no script tag in; an
 * evaluation it does.
 */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const light = await faults(page, TAGS);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await faults(page, ['color-contrast']);
  return [...light, ...dark.map((fault) => `in the dark: ${fault}`)];
}

function faults(page: Page, rules: readonly string[]): Promise<string[]> {
  const run = `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`;
  return page.evaluate(run) as Promise<string[]>;
}

export const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts();
