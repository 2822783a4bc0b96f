import { readFileSync } from 'node:fs';
import { TriplineError } from '../../errors.ts';

/**
 * Certificates or a key (PEM) from a file.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID when it cannot be read
 */
export function certificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', `The certificates ${file} cannot be read`, { cause });
  }
}
