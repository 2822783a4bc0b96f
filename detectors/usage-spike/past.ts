import type * as z from 'zod';
import type { OperatorOptions, Windows } from '../../src/detect/windows/windows.ts';
import type { config } from './config.ts';
import { inUnits, MEASURES, type Measure, type Usage } from './usage.ts';

export type Options = z.output<typeof config>;

/** A window or a session: what it came to, and what it counts as for those after it. */
interface Slot {
  id: string;
  spent: Record<Measure, number>;
  /** What was a spike counts for no more than what would have been one. */
  counts_max: Partial<Record<Measure, number>>;
}

export interface Spike {
  measure: Measure;
  spent: number;
  limit: number;
  median: number;
  highest: number;
  past: number;
}

/** Adds usage up in windows, or sessions, and compares the newest with the ones before. Work is bounded by `past_max`. */
export function watchPast(options: Options, windows: Windows, operator: OperatorOptions) {
  const pasts = windows.cell<Slot[]>(operator);

  const spikeOf = (slot: Slot, others: readonly Slot[], measure: Measure): Spike | undefined => {
    const spent = slot.spent[measure];
    const least = measure === 'tokens' ? options.spike_tokens_min : options.spike_cost_usd_min;
    if (spent < inUnits(measure, least)) return undefined;
    // A producer that has only now begun to report a measure has no past of it.
    const past = others.map((other) => countsOf(other, measure)).filter((amount) => amount > 0);
    if (past.length < options.past_min) return undefined;
    past.sort((a, b) => a - b);
    const median = past[Math.floor((past.length - 1) / 2)]!;
    const highest = past.at(-1)!;
    const limit = Math.max(options.median_factor * median, options.peak_factor * highest);
    return spent > limit ? { measure, spent, limit, median, highest, past: past.length } : undefined;
  };

  return {
    /** What this usage makes of the window or session `id`: a spike, or undefined. */
    see(key: string, time: number, id: string, usage: Usage): Spike | undefined {
      const slots = pasts.get(key) ?? [];
      let slot = slots.findLast((known) => known.id === id);
      if (slot === undefined) {
        slot = { id, spent: { tokens: 0, cost_usd: 0 }, counts_max: {} };
        if (slots.length > options.past_max) slots.shift();
        slots.push(slot);
      }
      let found: Spike | undefined;
      for (const measure of MEASURES) {
        slot.spent[measure] += usage[measure];
        const others = slots.filter((other) => other !== slot);
        const spike = spikeOf(slot, others, measure);
        if (spike) slot.counts_max[measure] ??= spike.limit;
        found ??= spike;
      }
      pasts.set(key, time, slots);
      return found;
    },
  };
}

function countsOf({ spent, counts_max }: Slot, measure: Measure): number {
  return Math.min(spent[measure], counts_max[measure] ?? spent[measure]);
}
