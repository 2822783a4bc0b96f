import assert from 'node:assert';
import { type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { OrderedSequence, SequenceStep, Windows } from './windows.ts';

interface Slot {
  newest: number;
  /** For each step but the last, the chain that ends there and began last. It is as good as any other chain that ends there. */
  chains: (SequenceStep[] | undefined)[];
}

/** Steps in order, each within `gap_ms` of the one before and all within `window_ms`. A step that arrives after its successor is not joined to it. */
export function orderedSequence(
  context: OperatorContext,
  options: Parameters<Windows['orderedSequence']>[0],
): Operator<OrderedSequence> {
  const { name, steps, window_ms, gap_ms } = options;
  assert(steps >= 1 && window_ms > 0 && gap_ms > 0, `${name}: a sequence has steps, a window and a gap`);
  const state = stateOf<Slot>(context, options, { live_ms: window_ms });

  const follows = (chain: SequenceStep[] | undefined, time: number): chain is SequenceStep[] => {
    if (chain === undefined) return false;
    const gap = time - chain[chain.length - 1]!.time;
    return gap >= 0 && gap <= gap_ms && time - chain[0]!.time <= window_ms;
  };

  const advance = (key: string, time: number, step: number, note: string): SequenceStep[] | undefined => {
    assert(step >= 0 && step < steps, `${name}: step ${step} of ${steps}`);
    const known = state.get(key);
    if (known !== undefined && known.newest - time > window_ms) {
      context.onLate(name);
      return undefined;
    }
    const before = step === 0 ? [] : known?.chains[step - 1];
    if (before === undefined || (step > 0 && !follows(before, time))) return undefined;
    const chain = [...before, { time, note }];
    if (step === steps - 1) {
      if (known !== undefined) state.use(key, time);
      return chain;
    }
    const slot = state.change(key, time) ?? state.set(key, time, { newest: time, chains: [] });
    const held = slot.chains[step];
    if (held === undefined || held[step]!.time <= time) slot.chains[step] = chain;
    if (time > slot.newest) slot.newest = time;
    return undefined;
  };
  return { api: { advance, reset: (key) => void state.delete(key) }, state };
}
