import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildConsole, executable, NO_BROWSER, ROOT, startBrowser } from '../test/browser/browser.ts';
import { playedSample } from '../test/browser/played-sample.ts';

/** Pictures of every page of the console on the sample, in both themes, for docs/screens. */
const SCREENS = join(ROOT, 'docs', 'screens');
const DRAWN_MS = 1000;
const SIZE = { width: 1440, height: 900 };

async function main(): Promise<void> {
  if (executable === undefined) {
    process.stderr.write(NO_BROWSER);
    process.exitCode = 1;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tripline-screens-'));
  const built = await buildConsole();
  const sample = await playedSample(folder, built.folder);
  const browser = await startBrowser();
  mkdirSync(SCREENS, { recursive: true });
  const page = await browser.newPage({ viewport: SIZE, reducedMotion: 'reduce' });
  for (const [name, path] of await sample.pages()) {
    await page.goto(sample.url + path);
    await page.getByRole('button', { name: /Live/ }).waitFor();
    await page.locator('.waiting').first().waitFor({ state: 'detached' });
    // Evidence is ringed when its alerts have been read.
    await page.waitForTimeout(DRAWN_MS);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(SCREENS, `${name}-${colorScheme}.png`) });
    }
  }
  await browser.close();
  await sample.close();
  built.remove();
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${SCREENS}\n`);
}

await main();
