import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { TriplineError } from './errors.ts';

/** Where a secret is kept: never in the configuration itself. */
export const SecretRef = z.union([
  z.strictObject({ env: z.string().min(1).describe('Environment variable that holds it') }),
  z.strictObject({ file: z.string().min(1).describe('File that holds it') }),
]);
export type SecretRef = z.output<typeof SecretRef>;

/**
 * @param owner whose secret it is, for the sentence that says it is missing
 * @throws TriplineError TRIPLINE_CONFIG_INVALID when it is not there; never with its value
 */
export function readSecret(ref: SecretRef, owner = 'a receiver'): string {
  const value = 'env' in ref ? process.env[ref.env] : readFile(ref.file);
  if (value !== undefined && value.trim() !== '') return value.trim();
  const place = 'env' in ref ? `environment variable ${ref.env}` : `file ${ref.file}`;
  throw new TriplineError('TRIPLINE_CONFIG_INVALID', `A secret of ${owner} is missing: ${place} is absent or empty`);
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
