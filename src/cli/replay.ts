import type { Command } from 'commander';
import { TriplineError } from '../errors.ts';
import { type ReplayResult, replay } from '../sources/replay/replay.ts';
import { EXIT_NOT_GOOD, EXIT_OK, print, printJson } from './output.ts';

interface ReplayCommandOptions {
  to: string;
  speed: string;
  key?: string;
  source?: string;
  skip: string;
  retryS: string;
  json?: boolean;
}

export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('Sends files to a running Tripline, through its door, all in one order of event time')
    .argument(
      '<file...>',
      'events, OTLP JSON, agent runs, CloudTrail records and more; plain or gzip, format recognised',
    )
    .requiredOption('--to <url>', 'address of the door, such as http://127.0.0.1:4318')
    .option('--speed <n|max>', 'how many times as fast as recorded', 'max')
    .option('--key <key>', 'API key; the environment variable TRIPLINE_KEY where absent')
    .option('--source <name>', 'one name of the feed for all files; the name of each file where absent')
    .option('--skip <n>', 'records to pass over: what an interrupted replay says', '0')
    .option('--retry-s <s>', 'how long the door may go without taking anything, seconds', '60')
    .option('--json', 'the last line is one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  tripline replay cloudtrail.jsonl.gz --to http://127.0.0.1:4318
  tripline replay agents.jsonl gateway.jsonl --to http://127.0.0.1:4318 --speed 10`,
    )
    .action(async (files: string[], options: ReplayCommandOptions) => {
      process.exitCode = await run(files, options);
    });
}

async function run(files: string[], options: ReplayCommandOptions): Promise<number> {
  const live = process.stderr.isTTY === true && !options.json;
  const stop = new AbortController();
  // A second one ends the process at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const result = await replay({
    files,
    to: options.to,
    speed: options.speed === 'max' ? 'max' : numberOf('--speed', options.speed, 'a number above 0 or max', isPositive),
    key: options.key ?? process.env.TRIPLINE_KEY,
    source: options.source,
    skip: numberOf('--skip', options.skip, 'a whole number', isCount),
    retry_ms_max: 1000 * numberOf('--retry-s', options.retryS, 'a whole number', isCount),
    signal: stop.signal,
    onProgress: ({ read, accepted, rejected }) => {
      if (live) process.stderr.write(`\r${read} read, ${accepted} accepted, ${rejected} rejected `);
    },
  });
  if (live) process.stderr.write('\n');
  if (options.json) printJson(result);
  else show(result);
  const nothing = result.accepted + result.duplicates === 0 && result.read > result.ignored;
  return nothing || result.stopped_after !== undefined ? EXIT_NOT_GOOD : EXIT_OK;
}

function show(result: ReplayResult): void {
  const { reasons, read, accepted, duplicates, rejected, ignored, seconds, stopped_after } = result;
  for (const { file, line, field, expected, got } of reasons)
    print(`${file}:${line}: ${field}: expected ${expected}, got ${got}`);
  if (rejected > reasons.length) print(`${rejected - reasons.length} more were rejected`);
  print(
    `${read} read, ${accepted} accepted, ${duplicates} known already, ${rejected} rejected, ${ignored} not about agents, ${seconds.toFixed(1)} s`,
  );
  if (stopped_after !== undefined)
    print(`Interrupted after ${stopped_after} records; --skip ${stopped_after} goes on from there`);
}

function numberOf(option: string, text: string, expected: string, isGood: (value: number) => boolean): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (isGood(value)) return value;
  throw new TriplineError('TRIPLINE_CONFIG_INVALID', `${option}: expected ${expected}, got ${text}`);
}

const isPositive = (value: number) => value > 0 && Number.isFinite(value);
const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
