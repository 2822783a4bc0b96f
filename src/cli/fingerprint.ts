import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { loadConfig } from '../config/config.ts';
import { sharedDir } from '../config/roles.ts';
import { TriplineError } from '../errors.ts';
import { createFingerprints } from '../event/fingerprint.ts';
import { loadSecret } from '../ingest/secret.ts';
import { print } from './output.ts';

/** As many as the door takes of one token. */
const TOKEN_CHARS_MAX = 16_384;

export function addFingerprint(program: Command): void {
  program
    .command('fingerprint')
    .description('Prints the fingerprint by which this installation knows a raw credential, read from standard input')
    .option('--config <file>', 'configuration (YAML)')
    .option('--data-dir <folder>', 'data folder, whose secret keys the fingerprint')
    .addHelpText('after', '\nThe credential is not kept.\n\nExample:\n  tripline fingerprint < planted-token')
    .action(async ({ config, dataDir }: { config?: string; dataDir?: string }) => {
      const dir = sharedDir(await loadConfig(config, dataDir === undefined ? {} : { data_dir: dataDir }));
      const token = (await text(process.stdin)).trim();
      if (token === '' || token.length > TOKEN_CHARS_MAX)
        throw new TriplineError(
          'TRIPLINE_INPUT_UNREADABLE',
          `Expected a credential of 1 to ${TOKEN_CHARS_MAX} characters on standard input, got ${token.length}`,
        );
      print(createFingerprints(await loadSecret(dir)).credential(token));
    });
}
