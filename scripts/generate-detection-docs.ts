import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Detection, detectionPage, sourcesDigest } from './detection-page.ts';

/** Writes docs/detection.md from docs/detection.json; with --check only says whether either is stale. */
const docs = join(import.meta.dirname, '..', 'docs');
const detection = JSON.parse(readFileSync(join(docs, 'detection.json'), 'utf8')) as Detection;
const file = join(docs, 'detection.md');
const text = detectionPage(detection);
const check = process.argv.includes('--check');

if (detection.sources !== sourcesDigest()) stale('docs/detection.json', 'npm run score -- FOLDER_OF_CORPORA');
if (!check) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) stale('docs/detection.md', 'npm run generate');

function stale(what: string, command: string): void {
  process.stderr.write(`${what} is stale: run ${command}\n`);
  if (check) process.exitCode = 1;
}
