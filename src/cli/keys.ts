import type { Command } from 'commander';
import { loadConfig } from '../config/config.ts';
import { sharedDir } from '../config/roles.ts';
import { createKey, listKeys, revokeKey } from '../ingest/keys.ts';
import { unusable } from '../log/lmdb/lock.ts';
import { EXIT_NOT_GOOD, print, printJson } from './output.ts';

interface KeysOptions {
  config?: string;
  dataDir?: string;
  tenant?: string;
  agent?: string[];
  json?: boolean;
}

/** `tripline keys`: who may report. A running Tripline notices a change within seconds. */
export function addKeys(program: Command): void {
  const keys = program.command('keys').description('API keys of those who report events');
  const command = (name: string, what: string) =>
    keys
      .command(name)
      .description(what)
      .option('--config <file>', 'configuration (YAML)')
      .option('--data-dir <folder>', 'data folder')
      .option('--json', 'print JSON');

  command('create <producer>', 'Makes a key and prints it once; only its hash is kept')
    .option('--tenant <name>', 'the only tenant that it may report for')
    .option('--agent <id...>', 'the only agents that it may report for; * stands for any text')
    .addHelpText('after', "\nExample:\n  tripline keys create build-agents --tenant acme --agent 'build-*'")
    .action(async (producer: string, options: KeysOptions) => {
      const { key, ...stored } = await inDataDir(options, (dir) =>
        createKey(dir, producer, options.tenant, options.agent),
      );
      if (options.json) printJson({ id: stored.id, producer, tenant: stored.tenant, agents: stored.agents, key });
      else print(`${key}\nThis is the only time it is shown. Its id is ${stored.id}.`);
    });

  command('list', 'Lists keys, without the keys themselves')
    .addHelpText('after', '\nExample:\n  tripline keys list --json')
    .action(async (options: KeysOptions) => {
      const known = (await inDataDir(options, listKeys)).map(({ sha256: _, ...shown }) => shown);
      if (options.json) printJson(known);
      else
        for (const { id, producer, tenant, agents, created } of known)
          print(`${id}  ${created}  ${producer}  ${tenant || '(any tenant)'}  ${agents.join(' ') || '(any agent)'}`);
    });

  command('revoke <id>', 'Revokes a key by its id')
    .addHelpText('after', '\nExample:\n  tripline keys revoke 0123456789ab')
    .action(async (id: string, options: KeysOptions) => {
      const found = await inDataDir(options, (dir) => revokeKey(dir, id));
      if (options.json) printJson({ id, revoked: found });
      else print(found ? `Key ${id} is revoked.` : `There is no key ${id}.`);
      if (!found) process.exitCode = EXIT_NOT_GOOD;
    });
}

async function inDataDir<T>(options: KeysOptions, work: (dir: string) => T | Promise<T>): Promise<T> {
  const overrides = options.dataDir === undefined ? {} : { data_dir: options.dataDir };
  const dir = sharedDir(await loadConfig(options.config, overrides));
  try {
    return await work(dir);
  } catch (error) {
    const isOfSystem = error instanceof Error && 'syscall' in error;
    throw isOfSystem ? unusable(dir, error) : error;
  }
}
