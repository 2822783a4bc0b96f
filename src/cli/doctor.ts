import { constants, existsSync, statSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { DETECTORS } from '../../detectors/index.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { prepareDetectors } from '../detect/config.ts';
import { lockDataDir, unusable } from '../log/lmdb/lock.ts';
import { loadReceivers } from '../respond/revokers/index.ts';
import { policyOf } from '../run/policy.ts';
import { NO_SIGNER } from '../signing/signer.ts';
import { EXIT_NOT_GOOD, EXIT_OK, print, printJson } from './output.ts';

interface Finding {
  check: string;
  ok: boolean;
  detail: string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Checks configuration, policy, data folder, ports and receivers, and changes nothing')
    .option('--config <file>', 'configuration (YAML)')
    .option('--data-dir <folder>', 'data folder')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 all is well, 1 something is not.

Examples:
  tripline doctor
  tripline doctor --config tripline.yaml --json`,
    )
    .action(async (options: { config?: string; dataDir?: string; json?: boolean }) => {
      const findings = await examine(options);
      if (options.json) printJson(findings);
      else for (const { check, ok, detail } of findings) print(`${ok ? 'ok  ' : 'BAD '} ${check}: ${detail}`);
      process.exitCode = findings.every(({ ok }) => ok) ? EXIT_OK : EXIT_NOT_GOOD;
    });
}

async function examine(options: { config?: string; dataDir?: string }): Promise<Finding[]> {
  const findings: Finding[] = [];
  const check = async (name: string, work: () => Promise<string> | string): Promise<void> => {
    const found = await Promise.resolve()
      .then(work)
      .then(
        (detail) => ({ ok: true, detail }),
        (error: unknown) => ({ ok: false, detail: error instanceof Error ? error.message : String(error) }),
      );
    findings.push({ check: name, ...found });
  };
  let config: Config | undefined;
  await check('configuration', async () => {
    config = await loadConfig(options.config, options.dataDir === undefined ? {} : { data_dir: options.dataDir });
    return 'parses';
  });
  if (config === undefined) return findings;
  const { data_dir, ingest, serve, detect, respond } = config;
  await check('policy', async () => `${(await policyOf(respond)).rules.length} rules`);
  await check('detectors', () => `${prepareDetectors(DETECTORS, detect.detectors).length} enabled`);
  await check('data folder', () => usable(data_dir));
  await check('door', () => free(ingest.host, ingest.port));
  await check('API and console', () => free(serve.host, serve.port));
  await check('receivers', async () => {
    const receivers = loadReceivers(respond.receivers, { signer: NO_SIGNER });
    for (const [name, receiver] of receivers) {
      await check(`receiver ${name}`, () => receiver.check(AbortSignal.timeout(respond.attempt_timeout_ms)));
    }
    return `${receivers.size} configured`;
  });
  return findings;
}

/** Tries the lock of a folder that is in use already, and makes none. */
async function usable(dir: string): Promise<string> {
  const log = join(dir, 'log');
  if (existsSync(log)) {
    await (await lockDataDir(log)).release();
    return `${dir} is writable, and nobody else uses it`;
  }
  const above = nearest(resolve(dir));
  if (!statSync(above).isDirectory()) throw unusable(dir, `${above} is a file`);
  await access(above, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw unusable(dir, error);
  });
  return `${dir} is not used yet, and can be`;
}

function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path));
}

function free(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(new Error(`${host}:${port} cannot be listened on: ${error.message}`)));
    server.listen(port, host, () => server.close(() => resolve(`${host}:${port} is free`)));
  });
}
