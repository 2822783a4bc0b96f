import { readFile } from 'node:fs/promises';
import { TriplineError } from '../errors.ts';
import type { RespondConfig } from '../respond/config.ts';
import { loadPolicy, OBSERVE_ALL, type Policy } from '../respond/policy.ts';

/**
 * The policy that the configuration names; without one everything is only observed.
 * @throws TriplineError TRIPLINE_POLICY_INVALID
 */
export async function policyOf({ policy_file }: RespondConfig): Promise<Policy> {
  if (policy_file === undefined) return OBSERVE_ALL;
  const text = await readFile(policy_file, 'utf8').catch((cause: unknown) => {
    throw new TriplineError('TRIPLINE_POLICY_INVALID', `The policy ${policy_file} cannot be read`, { cause });
  });
  return loadPolicy(text);
}
