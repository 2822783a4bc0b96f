import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { PACKAGE_ROOT } from '../config/package-root.ts';
import { addBacktest } from './backtest.ts';
import { addDetectors } from './detectors.ts';
import { addDoctor } from './doctor.ts';
import { addEval } from './eval.ts';
import { addEvidence } from './evidence.ts';
import { addFingerprint } from './fingerprint.ts';
import { addKeys } from './keys.ts';
import { addOrders } from './orders.ts';
import { EXIT_USAGE, failWith, oneLine } from './output.ts';
import { addPolicy } from './policy.ts';
import { addReplay } from './replay.ts';
import { addSelftest } from './selftest.ts';
import { addTopics } from './topics.ts';
import { addUp } from './up.ts';

const { version, description } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
  version: string;
  description: string;
};

const program = new Command('tripline')
  .description(description)
  .version(version)
  .configureOutput({ outputError: (text, write) => write(`${oneLine(text)}; --help shows what there is\n`) })
  .exitOverride()
  .addHelpText(
    'after',
    `
Exit codes: 0 as it should be, 1 not so, 2 cannot be done as asked.

Examples:
  tripline up --sample          plays the bundled fleet and its attacks
  tripline help replay          shows one command`,
  );

addUp(program);
addReplay(program);
addKeys(program);
addFingerprint(program);
addDetectors(program);
addEval(program);
addOrders(program);
addEvidence(program);
addPolicy(program);
addBacktest(program);
addTopics(program);
addDoctor(program);
addSelftest(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else failWith(error);
}
