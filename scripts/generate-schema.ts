import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventJsonSchemaText } from '../src/event/json-schema.ts';

/** Writes schema/agent-event.json; with --check only says whether it is what it would write. */
const file = join(import.meta.dirname, '..', 'schema', 'agent-event.json');
const text = eventJsonSchemaText();

if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write(`${file} is stale: run npx tsx scripts/generate-schema.ts\n`);
  process.exitCode = 1;
}
