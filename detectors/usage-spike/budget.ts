import type { Windows } from '../../src/detect/windows/windows.ts';
import type { Options } from './past.ts';
import { inUnits, MEASURES, type Measure, type Usage } from './usage.ts';

export type Whose = 'agent' | 'session';
type BudgetOption = `${Whose}_${Measure}_max`;

export interface Overrun {
  measure: Measure;
  spent: number;
  option: BudgetOption;
}

/** Adds usage up over a sliding window and says when it is over its budget. */
export function watchBudget(options: Options, windows: Windows, whose: Whose) {
  const { window_ms, keys_max } = options;
  const spent = Object.fromEntries(
    MEASURES.map((measure) => [measure, windows.slidingCount({ name: `${whose}_${measure}`, window_ms, keys_max })]),
  ) as Record<Measure, ReturnType<Windows['slidingCount']>>;

  return {
    see(key: string, time: number, usage: Usage): Overrun | undefined {
      let found: Overrun | undefined;
      for (const measure of MEASURES) {
        const option = `${whose}_${measure}_max` as const;
        if (options[option] === 0 || usage[measure] === 0) continue;
        const sum = spent[measure].add(key, time, usage[measure]);
        if (sum > inUnits(measure, options[option])) found ??= { measure, spent: sum, option };
      }
      return found;
    },
  };
}
