import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DETECTORS } from '../detectors/index.ts';
import { enforced } from '../src/eval/act.ts';
import { evaluate } from '../src/eval/evaluate.ts';
import { LABELS } from '../src/eval/labels/index.ts';
import { isObject } from '../src/sources/files/format.ts';
import { recordsOf } from '../src/sources/files/records.ts';
import { curvesOf } from './curves.ts';
import { type Detection, sourcesDigest } from './detection-page.ts';

/** npm run score -- FOLDER: scores the labelled files of a folder and keeps the result in docs/detection.json. */
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('npm run score -- FOLDER: a folder with labelled corpora\n');
  process.exit(2);
}

const root = join(import.meta.dirname, '..');
const policy = enforced(readFileSync(join(root, 'samples', 'start-policy.yaml'), 'utf8'));
const result: Detection = { sources: sourcesDigest(), files: [], curves: [] };
for (const name of readdirSync(folder).filter((file) => /\.jsonl(?:\.gz)?$/.test(file))) {
  const path = join(folder, name);
  if (!(await isLabelled(path))) continue;
  const { score } = await evaluate(path, { detectors: DETECTORS, policy });
  process.stderr.write(
    `${name}: caught ${score.caught} of ${score.positives}, false ${score.false_alarms} of ${score.negatives}\n`,
  );
  // How fast this machine was today says nothing about detection, and would change the file each time.
  result.files.push({ ...score, seconds: 0, events_per_second: 0 });
  result.curves.push(...(await curvesOf(path, score, policy)));
}
writeFileSync(join(root, 'docs', 'detection.json'), `${JSON.stringify(result)}\n`);

async function isLabelled(path: string): Promise<boolean> {
  for await (const { text } of recordsOf(path)) {
    const record: unknown = JSON.parse(text);
    return isObject(record) && LABELS.some((labels) => labels.matches(record));
  }
  return false;
}
