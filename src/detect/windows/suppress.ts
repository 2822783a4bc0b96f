import assert from 'node:assert';
import { type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { Suppress, Windows } from './windows.ts';

interface Slot {
  /** Time of the hit that passed. */
  passed: number;
  held: number;
}

/** Lets one hit through a `window_ms`. */
export function suppress(context: OperatorContext, options: Parameters<Windows['suppress']>[0]): Operator<Suppress> {
  const { name, window_ms } = options;
  assert(window_ms > 0, `${name}: a window has a length`);
  const state = stateOf<Slot>(context, options, { live_ms: window_ms });

  const pass = (key: string, time: number): boolean => {
    const known = state.get(key);
    if (known !== undefined && known.passed - time >= window_ms) {
      context.onLate(name);
      return false;
    }
    if (known === undefined || time - known.passed >= window_ms) {
      state.set(key, time, { passed: time, held: 0 });
      return true;
    }
    state.change(key, time);
    known.held++;
    context.onHold(name);
    return false;
  };
  return { api: { pass, held: (key) => state.get(key)?.held ?? 0 }, state };
}
