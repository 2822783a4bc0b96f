import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DETECTORS } from '../detectors/index.ts';
import { FRAMEWORKS, type Framework } from '../detectors/taxonomy.ts';
import { table } from './table.ts';

/** Writes docs/coverage.md from what detectors say of themselves; with --check only says whether it is stale. */
const file = join(import.meta.dirname, '..', 'docs', 'coverage.md');

const INTRODUCTION = `Which attacks which detector looks for, in the words of five frameworks, and which nobody looks for. Covered means that a detector shows some of it: what each one misses is on its page, how often it is right
in [detection.md](detection.md). Much of what is not covered happens where no telemetry of an agent reaches: in the installation of a server, in a description of a tool, inside a model.`;

const text = `${['# Coverage', '<!-- Written by scripts/generate-coverage-docs.ts. Change the detectors, not this page. -->', INTRODUCTION, ...FRAMEWORKS.map(framework)].join('\n\n')}\n`;

if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  process.stderr.write('docs/coverage.md is stale: run npm run generate\n');
  process.exitCode = 1;
}

function framework({ title, names, ids, whole }: Framework): string {
  const rows = [...names].map(([id, name]) => ({
    id,
    name,
    by: DETECTORS.filter(({ meta }) => ids(meta).includes(id)).map((detector) => detector.id),
  }));
  const covered = rows.filter(({ by }) => by.length > 0);
  const rest = rows.filter(({ by }) => by.length === 0).map(({ id, name }) => `${id} ${name}`);
  const count = whole
    ? `${covered.length} of ${rows.length}.`
    : `${covered.length} of the ${rows.length} that concern agents and their credentials.`;
  const links = (by: readonly string[]) => by.map((id) => `[${id}](../detectors/${id}/README.md)`).join(', ');
  return [
    `## ${title}`,
    count,
    table(
      ['Id', 'Name', 'Detectors'],
      covered.map(({ id, name, by }) => [id, name, links(by)]),
    ),
    rest.length === 0 ? 'Nothing is left.' : `**Not covered:** ${rest.join('; ')}.`,
  ].join('\n\n');
}
