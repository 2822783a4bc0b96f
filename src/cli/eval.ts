import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { DETECTORS } from '../../detectors/index.ts';
import { loadConfig } from '../config/config.ts';
import { PACKAGE_ROOT } from '../config/package-root.ts';
import { TriplineError } from '../errors.ts';
import { enforced } from '../eval/act.ts';
import { evaluate, type FileScore } from '../eval/evaluate.ts';
import { explain } from '../eval/explain.ts';
import type { Scores } from '../eval/score.ts';
import { EXIT_NOT_GOOD, print, printJson } from './output.ts';

interface EvalOptions {
  json?: boolean;
  config?: string;
  policy?: string;
  detector?: string;
  explain?: string;
}

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('Scores the detectors on labelled files: agent runs, loops, CloudTrail, logons (plain or gzip)')
    .argument('<file...>', 'labelled corpora')
    .option('--json', 'print one JSON object')
    .option('--config <file>', 'configuration (YAML) whose detector options are used')
    .option('--policy <file>', 'policy that decides what is acted on; samples/start-policy.yaml where absent')
    .option('--detector <id>', 'count the alerts of this detector only')
    .option('--explain <run>', 'show one run: its calls, what fired, and how far the rest was from firing')
    .addHelpText(
      'after',
      `
Two lines are scored: act (what the policy would take away, were it in enforce mode) and alert (medium and more).

Examples:
  tripline eval runs.jsonl.gz loops.jsonl.gz
  tripline eval runs.jsonl.gz --detector tool-chaining --json
  tripline eval runs.jsonl.gz --explain shopping-17`,
    )
    .action(async (files: string[], options: EvalOptions) => {
      process.exitCode = await runEval(files, options);
    });
}

async function runEval(files: readonly string[], options: EvalOptions): Promise<number> {
  if (options.detector !== undefined && !DETECTORS.some(({ id }) => id === options.detector))
    throw new TriplineError(
      'TRIPLINE_CONFIG_INVALID',
      `--detector: expected one of ${DETECTORS.map(({ id }) => id).join(', ')}, got ${options.detector}`,
    );
  const { detect: config } = await loadConfig(options.config, {});
  const policy = enforced(await textOf(options.policy ?? join(PACKAGE_ROOT, 'samples', 'start-policy.yaml')));
  const scores: FileScore[] = [];
  let explained = false;
  for (const file of files) {
    const { score, corpus, alerts } = await evaluate(file, {
      detectors: DETECTORS,
      config,
      policy,
      detector: options.detector,
      onProgress: progress(),
    });
    scores.push(score);
    if (options.explain !== undefined) {
      const lines = explain({ corpus, alerts, policy, detectors: DETECTORS, config, id: options.explain });
      lines?.forEach(print);
      explained ||= lines !== undefined;
    } else if (!options.json) report(score);
  }
  if (options.json) printJson({ version: 1, files: scores });
  if (options.explain === undefined || explained) return 0;
  print(`No case ${options.explain} in these files.`);
  return EXIT_NOT_GOOD;
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TriplineError('TRIPLINE_POLICY_INVALID', `The policy ${file} cannot be read`, { cause });
  });
}

/** One line of a terminal that is written over; nothing where nobody watches. */
function progress(): (file: string, events: number, of: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (file, events, of) => {
    process.stderr.write(`\r${file}: ${events} of ${of} events${events >= of ? '\n' : ''}`);
  };
}

function report(score: FileScore): void {
  print(`\n${score.file}  ${score.format}, ${score.events} events, ${score.events_per_second} a second`);
  line('act', score);
  line('alert', score.alert);
  for (const [name, { alarmed, count, rate }] of Object.entries(score.hard))
    print(`  act   ${name}: ${alarmed} of ${count} (${rate})`);
  for (const [id, { alerts, caught, false_alarms }] of Object.entries(score.alert.by_detector))
    print(`  alert ${id}: ${alerts} alerts, ${caught} caught, ${false_alarms} false`);
}

function line(name: string, scores: Scores): void {
  const { caught, positives, recall, recall_interval, false_alarms, negatives, fpr, fpr_interval } = scores;
  print(
    `  ${name.padEnd(5)} caught ${caught} of ${positives} (${recall}, ${recall_interval.join(' to ')}), in time ${scores.recall_in_time}; ` +
      `false ${false_alarms} of ${negatives} (${fpr}, ${fpr_interval.join(' to ')}); precision ${scores.precision}; ` +
      `calls saved ${scores.calls_saved_per_positive} each`,
  );
}
