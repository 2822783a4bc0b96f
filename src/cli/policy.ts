import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse, YAMLParseError } from 'yaml';
import * as z from 'zod';
import { ALERT, type Alert } from '../alert/alert.ts';
import { loadConfig } from '../config/config.ts';
import { TriplineError } from '../errors.ts';
import { rowOf } from '../event/field.ts';
import { decide } from '../respond/decide.ts';
import { explain } from '../respond/explain.ts';
import { loadPolicy, type Policy } from '../respond/policy.ts';
import { policyOf } from '../run/policy.ts';
import { callApi } from './api.ts';
import { EXIT_NOT_GOOD, EXIT_OK, print, printJson } from './output.ts';

interface Options {
  config?: string;
  policy?: string;
  api: string;
  json?: boolean;
}

export function addPolicy(program: Command): void {
  const policy = program.command('policy').description('The policy: checked, explained, tested');
  const command = (name: string, what: string, example: string) =>
    policy
      .command(name)
      .description(what)
      .option('--config <file>', 'configuration (YAML), which names the policy')
      .option('--policy <file>', 'this policy instead')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  ${example}`);

  command('check', 'Reads the policy and shows what its rules do', 'tripline policy check --policy policy.yaml').action(
    async (options: Options) => check(await read(options), options),
  );
  command(
    'explain <alert>',
    'Says which rule decides about an alert of a running Tripline, and why the others do not',
    'tripline policy explain 0123456789abcdef0123456789abcdef --policy new-policy.yaml',
  )
    .option('--api <url>', 'address of the API', 'http://127.0.0.1:4380')
    .action(async (alert: string, options: Options) => {
      showExplained(await read(options), await fetchAlert(options.api, alert), options);
    });
  command(
    'test <cases>',
    'Holds the policy to cases: a file with `cases: [{name, alert, expect}]`',
    'tripline policy test policy.test.yaml --policy policy.yaml',
  ).action(async (cases: string, options: Options) => {
    process.exitCode = test(await read(options), await readCases(cases), options);
  });
}

async function read({ config, policy }: Options): Promise<Policy> {
  if (policy === undefined) return policyOf((await loadConfig(config)).respond);
  const text = await readFile(policy, 'utf8').catch((cause: unknown) => {
    throw new TriplineError('TRIPLINE_POLICY_INVALID', `The policy ${policy} cannot be read`, { cause });
  });
  return loadPolicy(text);
}

function check(policy: Policy, { json }: Options): void {
  if (json) {
    printJson(policy);
    return;
  }
  print(`Version ${policy.version}, ${policy.rules.length} rules; the first that fits decides:`);
  for (const { name, mode, action, ladder, target, receivers } of policy.rules)
    print(
      `  ${name}: ${mode} ${ladder?.join(' then ') ?? action} ${target ?? 'the narrowest target'} at ${receivers.join(', ') || 'nobody'}`,
    );
}

async function fetchAlert(api: string, id: string): Promise<Alert> {
  const found = await callApi<Record<string, unknown>>(api, `/api/alerts/${encodeURIComponent(id)}`);
  return alertOf((found.alert ?? found) as Record<string, unknown>);
}

/** The fields that a policy reads, from JSON. Times are no part of a decision. */
function alertOf(json: Readonly<Record<string, unknown>>): Alert {
  const names = Object.keys(ALERT.fields).filter((name) => !TIMES.has(name) && json[name] !== undefined);
  return rowOf(ALERT, Object.fromEntries(names.map((name) => [name, json[name]])) as Partial<Alert>);
}

const TIMES = new Set(['time', 'detected', 'window_from', 'window_to', 'appended']);

function showExplained(policy: Policy, alert: Alert, { json }: Options): void {
  const explained = explain(alert, { policy });
  if (json) {
    printJson(explained);
    return;
  }
  for (const { rule, misfits, decides } of explained.rules)
    print(
      `${decides ? '=> ' : '   '}${rule}: ${misfits.length > 0 ? misfits.join('; ') : decides ? 'fits' : 'fits, but an earlier one decides'}`,
    );
  print(inWords(explained.decision));
}

function inWords({ orders, none }: ReturnType<typeof decide>): string {
  const [first] = orders ?? [];
  if (first === undefined) return `No order: ${none}`;
  const { mode, action, target_kind, target } = first.head;
  return `Order: ${mode} ${action} of ${target_kind} ${target}; then the guards decide`;
}

const Expected = z.union([
  z.literal('none'),
  z.strictObject({
    rule: z.string().optional(),
    mode: z.string().optional(),
    action: z.string().optional(),
    target_kind: z.string().optional(),
    target: z.string().optional(),
  }),
]);
const Cases = z.strictObject({
  cases: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        alert: z.looseObject({}).refine((alert) => Object.keys(alert).every((name) => name in ALERT.fields), {
          error: 'expected fields of an alert',
        }),
        expect: Expected,
      }),
    )
    .min(1),
});
type Case = z.output<typeof Cases>['cases'][number];

async function readCases(file: string): Promise<Case[]> {
  const invalid = (what: string, cause?: unknown) =>
    new TriplineError('TRIPLINE_POLICY_INVALID', `The cases ${file} cannot be used: ${what}`, { cause });
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw invalid('it cannot be read', cause);
  });
  try {
    const parsed = Cases.safeParse(parse(text));
    if (parsed.success) return parsed.data.cases;
    throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  } catch (error) {
    throw error instanceof YAMLParseError ? invalid('it is not YAML', error) : error;
  }
}

/** What a case does not say is that of a stable detector that is sure of itself. */
const USUAL = { tenant: 'default', maturity: 'stable', severity: 'high', confidence: 1 };

function test(policy: Policy, cases: readonly Case[], { json }: Options): number {
  const results = cases.map(({ name, alert, expect }) => {
    const decision = decide(alertOf({ ...USUAL, ...alert }), { policy });
    const head = decision.orders?.[0]?.head;
    const wrong =
      expect === 'none'
        ? head && [`expected no order, got ${inWords(decision)}`]
        : head === undefined
          ? [inWords(decision)]
          : Object.entries(expect).flatMap(([field, value]) =>
              head[field as keyof typeof expect] === value
                ? []
                : [`${field}: expected ${value}, got ${head[field as keyof typeof expect]}`],
            );
    return { name, good: (wrong ?? []).length === 0, wrong: wrong ?? [] };
  });
  if (json) printJson(results);
  else
    for (const { name, good, wrong } of results)
      print(`${good ? 'ok  ' : 'BAD '} ${name}${good ? '' : `: ${wrong.join('; ')}`}`);
  return results.every(({ good }) => good) ? EXIT_OK : EXIT_NOT_GOOD;
}
