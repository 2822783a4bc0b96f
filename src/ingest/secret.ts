import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, TriplineError } from '../errors.ts';

const BYTES = 32;

/**
 * The secret of this installation, made at first start. Every fingerprint is keyed with it: without it, a stolen data folder
 * cannot be searched for a guessed token, and with another one no fingerprint matches those in the log.
 * @throws TriplineError TRIPLINE_DATA_DIR_UNUSABLE
 */
export async function loadSecret(data_dir: string): Promise<Buffer> {
  const file = join(data_dir, 'secret');
  try {
    await mkdir(data_dir, { recursive: true, mode: 0o700 });
    await create(file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw unusable(file, 'cannot be written', error);
  }
  const secret = await readFile(file).catch((error: unknown) => {
    throw unusable(file, 'cannot be read', error);
  });
  if (secret.length !== BYTES) throw unusable(file, `holds ${secret.length} bytes instead of ${BYTES}`, undefined);
  return secret;
}

async function create(file: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(randomBytes(BYTES));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unusable(file: string, what: string, cause: unknown): TriplineError {
  return new TriplineError('TRIPLINE_DATA_DIR_UNUSABLE', `The secret of this installation, ${file}, ${what}`, {
    cause,
  });
}
