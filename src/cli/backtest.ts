import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Past } from '../backtest/backtest.ts';
import { loadConfig } from '../config/config.ts';
import { duration } from '../detect/words.ts';
import { TriplineError } from '../errors.ts';
import { print, printJson } from './output.ts';

interface BacktestOptions {
  policy: string;
  from?: number;
  to?: number;
  config?: string;
  dataDir?: string;
  json?: boolean;
}

export function addBacktest(program: Command): void {
  program
    .command('backtest')
    .description('Tries a policy on the stored log: what it would have taken away, and whom that would have stopped')
    .requiredOption('--policy <file>', 'the policy (YAML); rules that name no mode count as enforce')
    .option('--from <time>', 'only alerts from this time on (ISO 8601, the time of the log)', timeOf)
    .option('--to <time>', 'only what was before this time', timeOf)
    .option('--config <file>', 'configuration (YAML), for what its receivers can do; tripline.yaml where there is one')
    .option('--data-dir <folder>', 'folder whose log is read; Tripline may be running on it')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Nothing is written and nobody is asked. Receivers that are not configured are assumed to be able to do anything.

Examples:
  tripline backtest --policy next.yaml
  tripline backtest --policy next.yaml --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z --json`,
    )
    .action(async (options: BacktestOptions) => run(options));
}

function timeOf(text: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return time;
  throw new InvalidArgumentError('Expected an ISO 8601 time.');
}

async function run({ policy: file, from, to, config: path, dataDir, json }: BacktestOptions): Promise<void> {
  const config = await loadConfig(path, dataDir === undefined ? {} : { data_dir: dataDir });
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TriplineError('TRIPLINE_POLICY_INVALID', `The policy ${file} cannot be read`, { cause });
  });
  const [{ backtest }, { receiversFor }, { openLmdbReader }, { enforced }] = await Promise.all([
    import('../backtest/backtest.ts'),
    import('../backtest/receivers.ts'),
    import('../log/lmdb/reader.ts'),
    import('../eval/act.ts'),
  ]);
  const policy = enforced(text);
  const { receivers, assumed } = receiversFor(policy, config.respond.receivers);
  const reader = await openLmdbReader(join(config.data_dir, 'log'));
  try {
    const { alerts, orders } = backtest(reader, {
      policy,
      config: config.respond,
      receivers,
      from,
      to,
      onProgress: progress(),
    });
    if (json)
      printJson({ version: 1, alerts, receivers_assumed: assumed, ...countsOf(orders), orders: orders.map(shown) });
    else report(alerts, orders, assumed);
  } finally {
    await reader.close();
  }
}

function progress(): (records: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (records) => {
    if (records % 1000 === 0) process.stderr.write(`\r${records} records`);
  };
}

function countsOf(orders: readonly Past[]) {
  const of = (outcome: Past['outcome']) => orders.filter((order) => order.outcome === outcome).length;
  return {
    taken: of('taken'),
    held: of('held'),
    observed: of('observed'),
    failed: of('failed'),
    judged_wrong: orders.filter(({ outcome, judged_wrong }) => outcome === 'taken' && judged_wrong !== undefined)
      .length,
    calls_stopped: orders.flatMap(({ stopped }) => stopped).reduce((sum, { calls }) => sum + calls, 0),
  };
}

function shown({ time, ...order }: Past) {
  return { time: new Date(time).toISOString(), ...order };
}

function report(alerts: number, orders: readonly Past[], assumed: readonly string[]): void {
  for (const order of orders.filter(({ outcome }) => outcome !== 'observed')) {
    const { time, action, target_kind, target, rule, outcome, why, stopped, judged_wrong } = order;
    print(`${new Date(time).toISOString()}  ${outcome.padEnd(5)}  ${action} ${target_kind} ${target}, by rule ${rule}`);
    print(`    ${why}`);
    for (const { agent_id, calls, down_ms } of stopped)
      print(`    would have stopped ${agent_id}: ${calls} calls, down for ${duration(down_ms)}`);
    if (judged_wrong !== undefined) print(`    JUDGED WRONG when it really happened, by ${judged_wrong}`);
  }
  const { taken, held, observed, failed, judged_wrong, calls_stopped } = countsOf(orders);
  print(
    `${alerts} alerts: ${taken} taken away (${judged_wrong} judged wrong, ${calls_stopped} calls stopped), ${held} held for a person, ${observed} only observed, ${failed} that no receiver could do.`,
  );
  if (assumed.length > 0) print(`Assumed to be able to do anything: ${assumed.join(', ')}.`);
}
