import type { Command } from 'commander';
import { loadConfig } from '../config/config.ts';
import { createKey, listKeys, revokeKey } from '../ingest/keys.ts';
import { EXIT_NOT_GOOD, print, printJson } from './output.ts';

interface KeysOptions {
  config?: string;
  dataDir?: string;
  tenant?: string;
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
    .addHelpText('after', '\nExample:\n  tripline keys create build-agents --tenant acme')
    .action(async (producer: string, options: KeysOptions) => {
      const { key, ...stored } = await createKey(await dataDir(options), producer, options.tenant);
      if (options.json) printJson({ id: stored.id, producer, tenant: stored.tenant, key });
      else print(`${key}\nThis is the only time it is shown. Its id is ${stored.id}.`);
    });

  command('list', 'Lists keys, without the keys themselves').action(async (options: KeysOptions) => {
    const known = listKeys(await dataDir(options)).map(({ id, producer, tenant, created }) => ({
      id,
      producer,
      tenant,
      created,
    }));
    if (options.json) printJson(known);
    else
      for (const { id, producer, tenant, created } of known)
        print(`${id}  ${created}  ${producer}  ${tenant || '(any tenant)'}`);
  });

  command('revoke <id>', 'Revokes a key by its id').action(async (id: string, options: KeysOptions) => {
    const found = await revokeKey(await dataDir(options), id);
    if (options.json) printJson({ id, revoked: found });
    else print(found ? `Key ${id} is revoked.` : `There is no key ${id}.`);
    if (!found) process.exitCode = EXIT_NOT_GOOD;
  });
}

async function dataDir(options: KeysOptions): Promise<string> {
  return (await loadConfig(options.config, options.dataDir === undefined ? {} : { data_dir: options.dataDir }))
    .data_dir;
}
