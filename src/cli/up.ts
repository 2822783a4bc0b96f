import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ConfigInput, DEFAULT_FILE, loadConfig } from '../config/config.ts';
import { ROLES, type Role } from '../config/roles.ts';
import { TriplineError } from '../errors.ts';
import { createLogger, print, printJson } from './output.ts';

interface UpOptions {
  sample?: boolean;
  once?: boolean;
  input?: string[];
  alerts?: string;
  json?: boolean;
  config?: string;
  dataDir?: string;
  port?: number;
  apiPort?: number;
  roles?: Role[];
  workers?: number;
  logLevel: string;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('Starts everything in this process: door, log, detection, response, archive, API and console')
    .option('--sample', 'play the bundled fleet and its four attacks through the door')
    .option('--once', 'end when everything that was given has been judged, answered and stored')
    .option('--input <file...>', 'with --once: judge these files without a server (plain or gzip, format recognised)')
    .option('--alerts <file>', 'with --input: write the alerts there, one JSON object a line')
    .option('--json', 'the last line is one JSON object')
    .option('--config <file>', 'configuration (YAML); tripline.yaml where there is one')
    .option('--data-dir <folder>', 'folder of log, store, keys and install secret')
    .option('--port <port>', 'port of the door; 0 takes a free one', portOf)
    .option('--api-port <port>', 'port of the API and console; 0 takes a free one', portOf)
    .option('--roles <roles>', `what this process does, of ${ROLES.join(',')}; fewer than all need log.kafka`, rolesOf)
    .option('--workers <n>', 'processes that share out ingest and detect, at one door; needs log.kafka', countOf)
    .addOption(new Option('--log-level <level>', 'how much is logged').choices(LOG_LEVELS).default('warn'))
    .addHelpText(
      'after',
      `
Examples:
  tripline up                                          run, and wait for telemetry
  tripline up --sample --once --json                   play the sample, exit 0 when all went as it should
  tripline up --once --input spans.jsonl.gz --json     judge a file, without a server`,
    )
    .action(async (options: UpOptions) => {
      process.exitCode = await up(options);
      // All of ours is closed; kafkajs may leave a connection open that was on its way when its client was closed.
      setTimeout(() => process.exit(), LINGER_MS).unref();
    });
}

const LINGER_MS = 1000;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

function portOf(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('Expected 0 to 65535.');
}

function rolesOf(text: string): Role[] {
  const named = text.split(',').map((role) => role.trim());
  const unknown = named.find((role) => !(ROLES as readonly string[]).includes(role));
  if (unknown === undefined) return named as Role[];
  throw new InvalidArgumentError(`"${unknown}" is no role; known: ${ROLES.join(', ')}.`);
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected 1 to 256.');
}

/** The parts that run are loaded here: whoever asks for help does not wait for two databases. */
async function up(options: UpOptions): Promise<number> {
  const config = await loadConfig(options.config, overrides(options));
  const logger = createLogger(options.logLevel);
  const io = {
    print: options.json ? () => {} : print,
    printJson: options.json ? printJson : () => {},
    colour: colours(),
  };
  if (options.input) {
    if (!options.once || options.sample) throw usage('--input goes with --once and without --sample');
    const { runFiles } = await import('../run/files.ts');
    return runFiles({
      config,
      logger,
      files: options.input,
      alerts: options.alerts,
      kept: options.dataDir !== undefined,
      ...io,
    });
  }
  if (options.alerts) throw usage('--alerts goes with --input');
  if (options.sample) {
    const { runSample } = await import('../run/play.ts');
    return runSample({ config, logger, once: options.once === true, ...io });
  }
  if (options.once) throw usage('--once needs something that ends: --sample or --input FILE');
  const { runUp } = await import('../run/up.ts');
  const read = () => loadConfig(options.config, overrides(options));
  return runUp({ config, logger, ...io, reload: { file: options.config ?? DEFAULT_FILE, read } });
}

function overrides({ dataDir, port, apiPort, roles, workers }: UpOptions): ConfigInput {
  return {
    ...(dataDir === undefined ? {} : { data_dir: dataDir }),
    ...(roles && { roles }),
    ...(workers && { workers }),
    ...(port === undefined ? {} : { ingest: { port } }),
    ...(apiPort === undefined ? {} : { serve: { port: apiPort } }),
  };
}

function colours(): boolean {
  return process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
}

function usage(message: string): TriplineError {
  return new TriplineError('TRIPLINE_CONFIG_INVALID', message);
}
