import type { AgentEvent } from '../../src/event/event.ts';

/** Cost is summed in millionths of a dollar: sums of whole numbers do not depend on their order. */
const MICRO = 1e6;

export const MEASURES = ['tokens', 'cost_usd'] as const;
export type Measure = (typeof MEASURES)[number];

/** Tokens, and millionths of a US dollar. */
export type Usage = Readonly<Record<Measure, number>>;

export function usageOf({ tokens_in, tokens_out, cost_usd }: AgentEvent): Usage {
  return { tokens: tokens_in + tokens_out, cost_usd: Math.round(cost_usd * MICRO) };
}

/** An amount in the unit of its options. */
export function inUnit(measure: Measure, amount: number): number {
  return measure === 'tokens' ? amount : amount / MICRO;
}

export function inUnits(measure: Measure, value: number): number {
  return measure === 'tokens' ? value : Math.round(value * MICRO);
}

export function words(measure: Measure, amount: number): string {
  if (measure === 'tokens') return `${amount.toLocaleString('en')} tokens`;
  return `${(amount / MICRO).toFixed(2)} US dollars`;
}
