import type { Command } from 'commander';
import { TriplineError } from '../errors.ts';
import { EXIT_NOT_GOOD, EXIT_OK, print, printJson } from './output.ts';
import { replay } from './replay.ts';

interface ReplayCommandOptions {
  to: string;
  speed: string;
  key?: string;
  source?: string;
  json?: boolean;
}

export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('Sends files to a running Tripline, through its door, in order of event time')
    .argument(
      '<file...>',
      'events, OTLP JSON, agent runs, CloudTrail records and more; plain or gzip, format recognised',
    )
    .requiredOption('--to <url>', 'address of the door, such as http://127.0.0.1:4318')
    .option('--speed <n|max>', 'how many times as fast as recorded', 'max')
    .option('--key <key>', 'API key; the environment variable TRIPLINE_KEY where absent')
    .option('--source <name>', 'name of the feed; the name of each file where absent')
    .option('--json', 'the last line is one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  tripline replay cloudtrail.jsonl.gz --to http://127.0.0.1:4318
  tripline replay runs.jsonl --to http://127.0.0.1:4318 --speed 10`,
    )
    .action(async (files: string[], options: ReplayCommandOptions) => {
      process.exitCode = await run(files, options);
    });
}

async function run(files: string[], options: ReplayCommandOptions): Promise<number> {
  const live = process.stderr.isTTY === true && !options.json;
  const result = await replay({
    files,
    to: options.to,
    speed: speedOf(options.speed),
    key: options.key ?? process.env.TRIPLINE_KEY,
    source: options.source,
    onProgress: ({ file, read, accepted, rejected }) => {
      if (live) process.stderr.write(`\r${file}: ${read} read, ${accepted} accepted, ${rejected} rejected `);
    },
  });
  if (live) process.stderr.write('\n');
  if (options.json) printJson(result);
  else show(result);
  return result.accepted + result.duplicates === 0 && result.read > 0 ? EXIT_NOT_GOOD : EXIT_OK;
}

function show({
  reasons,
  read,
  accepted,
  duplicates,
  rejected,
  ignored,
  seconds,
}: Awaited<ReturnType<typeof replay>>): void {
  for (const { file, line, field, expected, got } of reasons)
    print(`${file}:${line}: ${field}: expected ${expected}, got ${got}`);
  print(
    `${read} read, ${accepted} accepted, ${duplicates} known already, ${rejected} rejected, ${ignored} not about agents, ${seconds.toFixed(1)} s`,
  );
}

function speedOf(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const speed = Number(text);
  if (speed > 0 && Number.isFinite(speed)) return speed;
  throw new TriplineError('TRIPLINE_CONFIG_INVALID', `--speed: expected a number above 0 or max, got ${text}`);
}
