import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Revoker } from '../src/respond/revoker.ts';
import { REVOKERS } from '../src/respond/revokers/index.ts';
import { table } from './table.ts';

/** Writes docs/revokers.md from what revokers say of themselves; with --check only says whether it is stale. */
const file = join(import.meta.dirname, '..', 'docs', 'revokers.md');

const INTRODUCTION = `How a credential is taken away. Each receiver of a configuration (\`respond.receivers\`) is of one of these kinds; a rule of the policy names the receivers that are asked, in order. What a receiver cannot do, for lack of a
handle or an action, is known before it is asked. \`tripline doctor\` tries each without harm. Options are in [configuration.md](configuration.md).`;

const TESTED = {
  real: 'a real one',
  recorded: 'answers recorded from its public documents: try it with `tripline doctor` before you rely on it',
};

function page(): string {
  return `${[
    '# Revokers',
    '<!-- Written by scripts/generate-revoker-docs.ts. Change the revokers, not this page. -->',
    INTRODUCTION,
    table(
      ['Type', 'Takes away', 'Tested against'],
      REVOKERS.map(({ id, meta }) => [`[${id}](#${id})`, meta.title, meta.tested]),
    ),
    ...REVOKERS.map(section),
  ].join('\n\n')}\n`;
}

function section({ id, meta }: Revoker): string {
  return [
    `## ${id}`,
    `${meta.title}. Tested against ${TESTED[meta.tested]}.`,
    `Needs:\n\n${meta.permissions.map((line) => `- ${line}`).join('\n')}`,
    `Proof: ${meta.proof}.`,
    stringify({ respond: { receivers: { [`my-${id}`]: meta.example } } })
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`)
      .join('\n'),
  ].join('\n\n');
}

if (!process.argv.includes('--check')) writeFileSync(file, page());
else if (!existsSync(file) || readFileSync(file, 'utf8') !== page()) {
  process.stderr.write('docs/revokers.md is stale: run npm run generate\n');
  process.exitCode = 1;
}
