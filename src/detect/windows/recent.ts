import assert from 'node:assert';
import { IDLE_MS, type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { Recent, Windows } from './windows.ts';

const NONE: readonly never[] = Object.freeze([]);

/** The last entries of a key, in the order in which they were handled. */
export function recent<T>(context: OperatorContext, options: Parameters<Windows['recent']>[0]): Operator<Recent<T>> {
  const { name, entries_max } = options;
  assert(entries_max >= 1, `${name}: room for an entry`);
  const state = stateOf<T[]>(context, options, { live_ms: IDLE_MS });

  const push = (key: string, time: number, value: T): readonly T[] => {
    const entries = state.change(key, time) ?? state.set(key, time, []);
    if (entries.length === entries_max) entries.shift();
    entries.push(value);
    return entries;
  };
  return {
    api: { push, get: (key) => state.get(key) ?? NONE, reset: (key) => void state.delete(key) },
    state,
  };
}
