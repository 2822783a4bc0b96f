import { IDLE_MS, type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { Cell, OperatorOptions } from './windows.ts';

/** One value a key. */
export function cell<T>(context: OperatorContext, options: OperatorOptions): Operator<Cell<T>> {
  const state = stateOf<T>(context, options, { live_ms: IDLE_MS });
  return {
    api: {
      get size() {
        return state.size;
      },
      get: (key) => state.get(key),
      set: (key, time, value) => void state.set(key, time, value),
      delete: (key) => void state.delete(key),
    },
    state,
  };
}
