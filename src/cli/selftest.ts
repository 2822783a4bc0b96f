import { type Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../config/config.ts';
import type { Tried } from '../selftest/selftest.ts';
import type { Producer } from '../serve/producers.ts';
import { callApi } from './api.ts';
import { createLogger, print, printJson } from './output.ts';

interface SelftestOptions {
  config?: string;
  api?: string;
  every?: number;
  wait: number;
  json?: boolean;
}

export function addSelftest(program: Command): void {
  program
    .command('selftest')
    .description('Makes one synthetic attack for every detector, through a door of its own to a receiver of its own')
    .option('--config <file>', 'configuration (YAML): detectors run with its options; nothing else of it is touched')
    .option('--api <url>', 'address of a running Tripline: names the detectors that its producers leave blind')
    .option('--every <seconds>', 'again after so many seconds, until stopped', seconds)
    .option('--wait <seconds>', 'longest wait for alerts, and for proof', seconds, 10)
    .option('--json', 'one JSON object for each time')
    .addHelpText(
      'after',
      `
Exit codes: 0 every enabled detector fired and every order was proven, 1 not so.

Examples:
  tripline selftest
  tripline selftest --api http://127.0.0.1:4380 --every 3600 --json`,
    )
    .action(async (options: SelftestOptions) => {
      let again = options.every !== undefined;
      process.once('SIGINT', () => {
        again = false;
        process.exit(process.exitCode ?? 0);
      });
      do {
        process.exitCode = await once(options);
        if (again) await new Promise((resolve) => setTimeout(resolve, options.every! * 1000));
      } while (again);
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number of seconds above 0.');
}

/** The parts that run are loaded here: whoever asks for help does not wait for two databases. */
async function once({ config: file, api, wait, json }: SelftestOptions): Promise<number> {
  const config = await loadConfig(file);
  const { selftest } = await import('../selftest/selftest.ts');
  const tried = await selftest({ config, logger: createLogger('warn'), wait_ms: wait * 1000 });
  const producers = api === undefined ? [] : (await callApi<{ items: Producer[] }>(api, '/api/producers')).items;
  const good = tried.every(isGood);
  if (json) printJson({ good, tried, producers });
  else {
    showTried(tried);
    if (api !== undefined) showProducers(producers);
  }
  return good ? 0 : 1;
}

function isGood({ result, order }: Tried): boolean {
  return result !== 'missed' && !['sent', 'accepted', 'failed', 'irrevocable', 'held'].includes(order ?? '');
}

function showTried(tried: readonly Tried[]): void {
  const ms = (value: number | undefined) => (value === undefined ? '' : `${Math.round(value)} ms`).padEnd(10);
  print(
    `${'detector'.padEnd(20)} ${'result'.padEnd(16)} ${'alert'.padEnd(10)} ${'order'.padEnd(10)} ${'gone'.padEnd(10)} state`,
  );
  for (const each of tried) {
    const { detector, result, event_to_alert_ms, event_to_order_ms, order_to_confirmed_ms, order = '' } = each;
    const times = [event_to_alert_ms, event_to_order_ms, order_to_confirmed_ms].map(ms).join(' ');
    print(`${detector.padEnd(20)} ${result.padEnd(16)} ${times} ${order}`.trimEnd());
  }
}

function showProducers(producers: readonly Producer[]): void {
  print('\nOf the last day:');
  for (const { producer, tenant, events, blind } of producers) {
    const gaps = Object.entries(blind).map(([detector, fields]) => `${detector} (${fields.join(', ')})`);
    print(
      `${producer} for ${tenant}, ${events} events: ${gaps.length === 0 ? 'nothing is blind' : `blind: ${gaps.join('; ')}`}`,
    );
  }
  if (producers.length === 0) print('nobody reported anything');
}
