import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import { Bundle, verifyBundle } from '../audit/bundle.ts';
import type { ChainReport } from '../audit/verify-chain.ts';
import { TriplineError } from '../errors.ts';
import { callApi, DEFAULT_API } from './api.ts';
import { EXIT_NOT_GOOD, print, printJson } from './output.ts';

interface Where {
  api: string;
  json?: boolean;
}

const KeySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });
const Heads = z.object({ heads: z.array(z.object({ chain: z.string(), seq: z.number(), head: z.string() })) });

export function addEvidence(program: Command): void {
  const bundle = program
    .command('bundle')
    .description('Everything that one order rests on, as one signed file')
    .argument('<order>')
    .option('--out <file>', 'where to write it; standard output where absent')
    .option('--api <url>', 'address of the API', DEFAULT_API)
    .addHelpText('after', '\nExamples:\n  tripline bundle ord_1 --out ord_1.json\n  tripline bundle verify ord_1.json')
    .action(writeBundle);
  bundle
    .command('verify <file>')
    .description('Checks a bundle without asking anybody')
    .option('--keys <file>', 'keys that signed it (JWK set, from /.well-known/jwks.json at the time)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  tripline bundle verify ord_1.json --keys keys.json')
    .action(checkBundle);
  const chain = program.command('chain').description('Hash chains over alerts and orders');
  chain
    .command('heads')
    .description('Where the chains end: signed, to be kept elsewhere')
    .option('--api <url>', 'address of the API', DEFAULT_API)
    .addHelpText('after', '\nExample:\n  tripline chain heads > heads.json')
    .action(async ({ api }: Where) => printJson(await callApi(api, '/api/chain')));
  chain
    .command('verify')
    .description('Walks the chains: shows rows that were changed, removed or slipped in')
    .option('--heads <file>', 'heads that were kept: the chains must go through them still')
    .option('--api <url>', 'address of the API', DEFAULT_API)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  tripline chain verify --heads heads.json')
    .action(checkChain);
}

async function writeBundle(order: string, { api, out }: Where & { out?: string }): Promise<void> {
  const bundle = await callApi(api, `/api/revocations/${encodeURIComponent(order)}/bundle`);
  const text = `${JSON.stringify(bundle, null, 2)}\n`;
  if (out === undefined) process.stdout.write(text);
  else await writeFile(out, text, { mode: 0o600 });
}

async function checkBundle(file: string, { keys, json }: { keys?: string; json?: boolean }): Promise<void> {
  const bundle = await read(file, Bundle);
  const known = keys === undefined ? undefined : await read(keys, KeySet);
  const report = await verifyBundle(bundle, known as Parameters<typeof verifyBundle>[1]);
  if (!report.ok) process.exitCode = EXIT_NOT_GOOD;
  if (json) return printJson(report);
  print(`${report.ok ? 'Good' : 'Not good'}: order ${report.order_id}, ${report.state}, signed by key ${report.kid}`);
  for (const problem of report.problems) print(`  ${problem}`);
  if (!report.key_known) print('The key is the one in the file: --keys compares it with keys that you had before');
}

async function checkChain({ api, heads, json }: Where & { heads?: string }): Promise<void> {
  const kept = heads === undefined ? { heads: [] } : { heads: (await read(heads, Heads)).heads };
  const report = await callApi<ChainReport>(api, '/api/chain/verify', kept);
  if (!report.ok) process.exitCode = EXIT_NOT_GOOD;
  if (json) return printJson(report);
  print(`${report.ok ? 'Good' : 'Not good'}: ${report.links} links, ${report.expired} of rows that are kept no longer`);
  for (const { what, chain, seq, record } of report.violations) print(`  ${what}  ${chain} ${seq}  ${record}`);
  if (report.truncated) print('  and more');
}

async function read<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `${file} cannot be read`, { cause });
  });
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `${file} is not such a file: ${firstOf(cause)}`, { cause });
  }
}

function firstOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return 'it is not JSON';
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'its top'}: ${issue?.message}`;
}
