import type { Command } from 'commander';
import { DETECTORS } from '../../detectors/index.ts';
import { print, printJson } from './output.ts';

export function addDetectors(program: Command): void {
  const detectors = program.command('detectors').description('What Tripline detects');
  detectors
    .command('list')
    .description('Lists the detectors')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nEach has a page of its own: detectors/<id>/README.md\n\nExample:\n  tripline detectors list --json',
    )
    .action((options: { json?: boolean }) => {
      if (options.json) {
        printJson(DETECTORS.map(({ id, version, key, meta }) => ({ id, version, key, ...meta })));
        return;
      }
      for (const { id, meta } of DETECTORS)
        print(`${id.padEnd(18)} ${meta.maturity.padEnd(9)} ${meta.severity.padEnd(9)} ${meta.title}`);
    });
}
