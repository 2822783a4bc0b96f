import * as z from 'zod';
import { TriplineError } from '../errors.ts';
import type { AgentEvent } from '../event/event.ts';
import { fits } from '../event/glob.ts';
import { digestOf } from './canonical.ts';
import type { Detector } from './detector.ts';

const patterns = z.array(z.string().min(1).max(256)).min(1).max(1000).optional();

/** A detector's options for some tenants, or for a class of agents. */
export const VariantConfig = z.strictObject({
  tenants: patterns.describe('Tenants that it is for; * stands for any text; all where absent'),
  agents: patterns.describe('Agents that it is for, which is how a class of agents is named; * stands for any text'),
  enabled: z.boolean().default(true).describe('Whether the detector runs for them'),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("The detector's own options that differ for them; the others stay"),
});
export type VariantConfig = z.output<typeof VariantConfig>;

/** Name of the state and of the metrics of a variant: the detector, and whom it is for. */
export function nameOf(detector: string, { tenants = ['*'], agents = ['*'] }: VariantConfig): string {
  return `${detector}:${digestOf([tenants, agents], 8)}`;
}

/**
 * A credential is in many agents' hands: what its detectors know of it cannot be divided by agent.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID
 */
export function checkVariants({ id, key }: Detector, variants: readonly VariantConfig[]): void {
  const named = new Set<string>();
  variants.forEach((variant, i) => {
    if (key === 'credential' && variant.agents !== undefined)
      throw invalid(id, i, 'agents: it reads the uses of one credential by any agent: expected tenants only');
    if (named.has(nameOf(id, variant))) throw invalid(id, i, 'an earlier one is for the same tenants and agents');
    named.add(nameOf(id, variant));
  });
}

function invalid(id: string, i: number, what: string): TriplineError {
  return new TriplineError('TRIPLINE_CONFIG_INVALID', `The configuration of detector ${id}, variants.${i}: ${what}`);
}

type About = Pick<AgentEvent, 'tenant' | 'agent_id'>;

/** Which variant an event belongs to: the first that fits, or -1. Agents seen lately are remembered. */
export function chooser(variants: readonly VariantConfig[], known_max = 10_000): (event: About) => number {
  const known = new Map<string, number>();
  const chosen = ({ tenant, agent_id }: About) =>
    variants.findIndex(
      ({ tenants = ['*'], agents = ['*'] }) =>
        tenants.some((pattern) => fits(pattern, tenant)) && agents.some((pattern) => fits(pattern, agent_id)),
    );
  return (event) => {
    const key = `${event.tenant}\0${event.agent_id}`;
    let index = known.get(key);
    if (index === undefined) {
      index = chosen(event);
      if (known.size >= known_max) known.clear();
      known.set(key, index);
    }
    return index;
  };
}
