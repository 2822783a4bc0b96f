import type { Command } from 'commander';
import { loadConfig } from '../config/config.ts';
import { TriplineError } from '../errors.ts';
import type { TopicReport } from '../log/kafka/topics.ts';
import { EXIT_NOT_GOOD, EXIT_OK, print, printJson } from './output.ts';

interface TopicsOptions {
  create?: boolean;
  json?: boolean;
  config?: string;
}

export function addTopics(program: Command): void {
  program
    .command('topics')
    .description('Shows the topics of the log on Kafka, and whether the log can run on them')
    .option('--create', 'create those that are missing')
    .option('--json', 'print JSON')
    .option('--config <file>', 'configuration (YAML); tripline.yaml where there is one')
    .addHelpText(
      'after',
      '\nExit code 1 says that one is missing or wrong.\n\nExamples:\n  tripline topics\n  tripline topics --create --json',
    )
    .action(async (options: TopicsOptions) => {
      process.exitCode = await topics(options);
    });
}

async function topics({ create, json, config: file }: TopicsOptions): Promise<number> {
  const { log } = await loadConfig(file);
  const { kafka } = log;
  if (kafka === undefined)
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', 'There are topics only with log.kafka in the configuration');
  // Loaded here: other commands do not wait for it.
  const { createClient } = await import('../log/kafka/client.ts');
  const { createTopics, reportTopics } = await import('../log/kafka/topics.ts');
  const client = createClient(kafka);
  const config = { ...log, kafka };
  if (create) await createTopics(client, config);
  const reports = await reportTopics(client, config);
  if (json) printJson(reports);
  else for (const line of table(reports)) print(line);
  return reports.every(({ wrong }) => wrong.length === 0) ? EXIT_OK : EXIT_NOT_GOOD;
}

function table(reports: readonly TopicReport[]): string[] {
  const width = Math.max(...reports.map(({ name }) => name.length));
  const row = (name: string, cells: readonly unknown[], rest: string) =>
    `${name.padEnd(width)}  ${cells.map((cell) => String(cell ?? '').padStart(12)).join('')}  ${rest}`.trimEnd();
  return [
    row('', ['partitions', 'replication', 'retention_h', 'min_insync'], ''),
    ...reports.map(({ name, partitions, replication, retention_ms, min_insync, wrong }) =>
      row(name, [partitions, replication, hours(retention_ms), min_insync], wrong.join('; ')),
    ),
  ];
}

/** A compacted topic keeps the last record of each key for ever. */
function hours(retention_ms: number | undefined): string | undefined {
  if (retention_ms === undefined) return undefined;
  return retention_ms < 0 ? 'for ever' : String(Math.round(retention_ms / 3_600_000));
}
