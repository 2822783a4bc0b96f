import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS } from './dashboards/list.ts';
import { jsonOf } from './dashboards/panel.ts';

/** Writes dashboards/*.json; with --check only says which are stale. */
for (const dashboard of DASHBOARDS) {
  const name = `dashboards/${dashboard.uid.replace('tripline-', '')}.json`;
  const file = join(import.meta.dirname, '..', name);
  const text = `${JSON.stringify(jsonOf(dashboard), null, 2)}\n`;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${name} is stale: run npm run generate\n`);
    process.exitCode = 1;
  }
}
