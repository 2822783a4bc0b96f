import type { Command } from 'commander';
import { DETECTORS } from '../../detectors/index.ts';
import { SELF } from '../detect/self.ts';
import { SELF_META } from '../detect/self-meta.ts';
import { print, printJson } from './output.ts';

/** What the runtime says of itself and of producers, always on. */
const OWN = Object.values(SELF).map(({ id, version }) => ({ id, version, key: 'runtime', ...SELF_META[id]! }));

export function addDetectors(program: Command): void {
  const detectors = program.command('detectors').description('What Tripline detects');
  detectors
    .command('list')
    .description('Lists the detectors')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nEach has a page: detectors/<id>/README.md, those of key runtime in detectors/README.md\n\nExample:\n  tripline detectors list --json',
    )
    .action((options: { json?: boolean }) => {
      if (options.json) {
        printJson([...DETECTORS.map(({ id, version, key, meta }) => ({ id, version, key, ...meta })), ...OWN]);
        return;
      }
      for (const { id, maturity, severity, title } of [...DETECTORS.map(({ id, meta }) => ({ id, ...meta })), ...OWN])
        print(`${id.padEnd(18)} ${maturity.padEnd(9)} ${severity.padEnd(9)} ${title}`);
    });
}
