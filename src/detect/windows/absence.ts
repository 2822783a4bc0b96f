import assert from 'node:assert';
import { Subject } from 'rxjs';
import { type Operator, type OperatorContext, stateOf } from './operator.ts';
import type { Absence, Windows } from './windows.ts';

interface Slot<T> {
  time: number;
  /** The log's time when it was opened. */
  opened: number;
  value: T;
}

/**
 * Expectations. One that is cancelled by an event later than its deadline has expired: that is judged on event time.
 * One that nothing cancels expires when the log's own clock has moved on by `within_ms`, so a stream that goes quiet is judged too.
 * Opening a key again replaces what was expected, after expiring it if the new time is past its deadline.
 */
export function absence<T>(context: OperatorContext, options: Parameters<Windows['absence']>[0]): Operator<Absence<T>> {
  const { name, within_ms } = options;
  assert(within_ms > 0, `${name}: a deadline lies ahead`);
  const expired = new Subject<{ key: string; time: number; value: T }>();
  const state = stateOf<Slot<T>>(context, options, { live_ms: Number.POSITIVE_INFINITY });

  const expire = (key: string, slot: Slot<T>) => {
    state.delete(key);
    expired.next({ key, time: slot.time, value: slot.value });
  };
  const open = (key: string, time: number, value: T) => {
    const known = state.get(key);
    if (known !== undefined && time > known.time + within_ms) expire(key, known);
    state.set(key, time, { time, opened: context.clock.log, value });
  };
  const cancel = (key: string): boolean => {
    const known = state.get(key);
    if (known === undefined) return false;
    if (context.clock.event > known.time + within_ms) {
      expire(key, known);
      return false;
    }
    return state.delete(key);
  };
  // The least recently used key is the one that was opened first: its turn comes first.
  return {
    api: { open, cancel, expired: expired.asObservable() },
    state,
    due: () => (state.oldest()?.slot.opened ?? Number.POSITIVE_INFINITY) + within_ms,
    expire() {
      const first = state.oldest();
      if (first !== undefined) expire(first.key, first.slot);
    },
  };
}
