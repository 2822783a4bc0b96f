import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { PACKAGE_ROOT } from '../config/package-root.ts';
import { addDetectors } from './detectors.ts';
import { addDoctor } from './doctor.ts';
import { addKeys } from './keys.ts';
import { EXIT_USAGE, failWith } from './output.ts';
import { addReplay } from './replay.ts';
import { addUp } from './up.ts';

const { version, description } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
  version: string;
  description: string;
};

const program = new Command('tripline')
  .description(description)
  .version(version)
  .showHelpAfterError('(tripline --help shows the commands)')
  .exitOverride()
  .addHelpText('after', '\nExit codes: 0 as it should be, 1 not so, 2 cannot be done as asked.');

addUp(program);
addReplay(program);
addKeys(program);
addDetectors(program);
addDoctor(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else failWith(error);
}
