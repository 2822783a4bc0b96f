import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DETECTORS } from '../detectors/index.ts';
import { detectorPage, detectorsPage } from './detector-page.ts';

/** Writes detectors/README.md, and detectors/<id>/README.md from each detector's object; with --check only says which are stale. */
const folder = join(import.meta.dirname, '..', 'detectors');

const pages = [
  [join(folder, 'README.md'), detectorsPage(DETECTORS)],
  ...DETECTORS.map((detector) => [join(folder, detector.id, 'README.md'), detectorPage(detector)]),
] as [file: string, text: string][];

for (const [file, text] of pages) {
  const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (known === text) continue;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else {
    process.stderr.write(`${file} is stale: run npx tsx scripts/generate-detector-docs.ts\n`);
    process.exitCode = 1;
  }
}
